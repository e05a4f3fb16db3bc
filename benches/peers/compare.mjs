// Times one network in several runtimes, in turn within each round, and posts the result to the server.

import { readNetwork } from "./network.mjs";
import { writeOnnx } from "./onnx.mjs";

const SIDE = 48;
const PIXELS = SIDE * SIDE;
const CLASSES = 7;
const BATCHES = [1, 32];

/** How long a runtime computes in each round, in milliseconds, at least. */
const TURN = 250;

/** The largest difference of a logit between two runtimes. */
const TOLERANCE = 1e-3;

const { rounds } = await (await fetch("/settings.json")).json();

async function mien(build, bytes) {
  const { default: init, Network } = await import(`/${build}/peers.js`);
  await init();
  const network = new Network(bytes);
  return (images) => network.run(images);
}

async function onnxruntime(bytes) {
  const ort = await import("/node_modules/onnxruntime-web/dist/ort.wasm.min.mjs");
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(writeOnnx(readNetwork(bytes)), { executionProviders: ["wasm"] });
  return async (images) => {
    const input = new ort.Tensor("float32", images, [images.length / PIXELS, 1, SIDE, SIDE]);
    return (await session.run({ images: input })).logits.data;
  };
}

async function tensorflow(bytes) {
  const { tf } = globalThis;
  tf.wasm.setThreadsCount(1);
  tf.wasm.setWasmPaths("/node_modules/@tensorflow/tfjs-backend-wasm/dist/");
  await tf.setBackend("wasm");
  await tf.ready();
  const { stages, head } = readNetwork(bytes);
  const layers = stages.map((layers) =>
    layers.map(({ inputs, outputs, weights, bias }) => ({
      filter: tf.tidy(() => tf.transpose(tf.tensor(weights, [outputs, inputs, 3, 3]), [2, 3, 1, 0])),
      bias: tf.tensor1d(bias),
    })),
  );
  const [weights, bias] = [tf.tensor2d(head.weights, [head.inputs, head.outputs]), tf.tensor1d(head.bias)];
  return (images) => {
    const output = tf.tidy(() => {
      let x = tf.tensor4d(images, [images.length / PIXELS, SIDE, SIDE, 1]);
      for (const stage of layers) {
        for (const layer of stage) {
          x = tf.fused.conv2d({ x, ...layer, strides: 1, pad: "same", activation: "relu" });
        }
        x = tf.maxPool(x, 2, 2, "valid");
      }
      return tf.fused.matMul({ a: tf.mean(x, [1, 2]), b: weights, bias });
    });
    const logits = output.dataSync();
    output.dispose();
    return logits;
  };
}

/** Images with zero mean and unit deviation, about. */
function images(count) {
  let state = 1;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return Float32Array.from({ length: count * PIXELS }, () => (next() - 0.5) * Math.sqrt(12));
}

async function sides() {
  const bytes = new Uint8Array(await (await fetch("/weights.safetensors")).arrayBuffer());
  const found = [["mien", await mien("plain", bytes)]];
  try {
    found.push(["mien, relaxed SIMD", await mien("relaxed", bytes)]);
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
  }
  found.push(["onnxruntime-web", await onnxruntime(bytes)]);
  found.push(["TensorFlow.js", await tensorflow(bytes)]);
  return found.map(([name, run]) => ({ name, run }));
}

async function check(sides) {
  const batch = images(5);
  const [expected, ...others] = await Promise.all(sides.map(async ({ run }) => Float32Array.from(await run(batch))));
  if (expected.length !== 5 * CLASSES) throw new Error(`${expected.length} logits of 5 images`);
  others.forEach((logits, index) => {
    const difference = Math.max(...logits.map((value, at) => Math.abs(value - expected[at])));
    if (!(difference < TOLERANCE)) throw new Error(`the logits of ${sides[index + 1].name} differ by ${difference}`);
  });
}

async function milliseconds(run, batch, times) {
  const start = performance.now();
  for (let index = 0; index < times; index += 1) await run(batch);
  return performance.now() - start;
}

/** For each side the milliseconds an image in each round. */
async function time(sides, count) {
  const batch = images(count);
  const times = [];
  for (const { run } of sides) {
    await milliseconds(run, batch, 8);
    times.push(Math.ceil((TURN * 4) / (await milliseconds(run, batch, 4))));
  }
  const measured = sides.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < sides.length; turn += 1) {
      const index = (turn + round) % sides.length;
      measured[index].push((await milliseconds(sides[index].run, batch, times[index])) / times[index] / count);
    }
  }
  return measured;
}

async function compare() {
  const all = await sides();
  await check(all);
  const batches = [];
  for (const batch of BATCHES) batches.push({ batch, measured: await time(all, batch) });
  return { names: all.map(({ name }) => name), batches, browser: navigator.userAgent };
}

const result = await compare().catch((error) => ({ error: String(error.stack ?? error) }));
await fetch("/result", { method: "POST", body: JSON.stringify(result) });
