// Times one network in several runtimes, in turn within each round, and posts the result to the server.

import { CLASSES, images, onnxruntime, tensorflow } from "./runtimes.mjs";

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

async function sides() {
  const bytes = new Uint8Array(await (await fetch("/weights.safetensors")).arrayBuffer());
  const found = [["mien", await mien("plain", bytes)]];
  try {
    found.push(["mien, relaxed SIMD", await mien("relaxed", bytes)]);
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
  }
  found.push(["onnxruntime-web", await onnxruntime(bytes, "wasm")]);
  found.push(["TensorFlow.js", await tensorflow(bytes, "wasm")]);
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
