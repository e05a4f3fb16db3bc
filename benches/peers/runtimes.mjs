// The network of a weights file in other runtimes, each as a function from images `[batch, 1, 48, 48]` to logits `[batch, 7]`.

import { readNetwork } from "./network.mjs";
import { writeOnnx } from "./onnx.mjs";

const SIDE = 48;
const PIXELS = SIDE * SIDE;

export const CLASSES = 7;

/** Images with zero mean and unit deviation, about. */
export function images(count) {
  let state = 1;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return Float32Array.from({ length: count * PIXELS }, () => (next() - 0.5) * Math.sqrt(12));
}

/** The network in onnxruntime-web; `provider` is `wasm` or `webgpu`. */
export async function onnxruntime(bytes, provider) {
  const ort = await import(`/node_modules/onnxruntime-web/dist/ort.${provider}.min.mjs`);
  ort.env.wasm.numThreads = 1;
  if (provider === "webgpu") ort.env.webgpu.powerPreference = "high-performance";
  const session = await ort.InferenceSession.create(writeOnnx(readNetwork(bytes)), { executionProviders: [provider] });
  return async (images) => {
    const input = new ort.Tensor("float32", images, [images.length / PIXELS, 1, SIDE, SIDE]);
    return (await session.run({ images: input })).logits.data;
  };
}

/** Selects a backend of TensorFlow.js, `wasm` or `webgpu`, whose scripts the page includes. */
async function tensorflowBackend(backend) {
  const { tf } = globalThis;
  if (backend === "wasm") {
    tf.wasm.setThreadsCount(1);
    tf.wasm.setWasmPaths("/node_modules/@tensorflow/tfjs-backend-wasm/dist/");
  }
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no ${backend} backend here`);
  await tf.ready();
  return tf;
}

/** The network in TensorFlow.js. */
export async function tensorflow(bytes, backend) {
  const tf = await tensorflowBackend(backend);
  const { stages, head } = readNetwork(bytes);
  const layers = stages.map((layers) =>
    layers.map(({ inputs, outputs, weights, bias }) => ({
      filter: tf.tidy(() => tf.transpose(tf.tensor(weights, [outputs, inputs, 3, 3]), [2, 3, 1, 0])),
      bias: tf.tensor1d(bias),
    })),
  );
  const [weights, bias] = [tf.tensor2d(head.weights, [head.inputs, head.outputs]), tf.tensor1d(head.bias)];
  return async (images) => {
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
    const logits = await output.data();
    output.dispose();
    return logits;
  };
}

/**
 * Training of a network of the same architecture, with random weights, in TensorFlow.js: a function from images to the loss. A step is
 * a forward and backward pass, with batch norm over the batch, and Adam; the images' labels follow from their order.
 */
export async function tensorflowTraining(bytes, backend) {
  const tf = await tensorflowBackend(backend);
  const { stages, head } = readNetwork(bytes);
  const random = (shape, inputs) => tf.variable(tf.randomNormal(shape, 0, Math.sqrt(2 / inputs)));
  const layers = stages.map((layers) =>
    layers.map(({ inputs, outputs }) => ({
      filter: random([3, 3, inputs, outputs], 9 * inputs),
      scale: tf.variable(tf.ones([outputs])),
      offset: tf.variable(tf.zeros([outputs])),
    })),
  );
  const [weights, bias] = [random([head.inputs, head.outputs], head.inputs), tf.variable(tf.zeros([head.outputs]))];
  const optimizer = tf.train.adam(1e-3);
  return async (images) => {
    const count = images.length / PIXELS;
    const loss = optimizer.minimize(() => {
      let x = tf.tensor4d(images, [count, SIDE, SIDE, 1]);
      for (const stage of layers) {
        for (const { filter, scale, offset } of stage) {
          x = tf.conv2d(x, filter, 1, "same");
          const { mean, variance } = tf.moments(x, [0, 1, 2]);
          x = tf.relu(tf.batchNorm(x, mean, variance, offset, scale, 1e-5));
        }
        x = tf.maxPool(x, 2, 2, "valid");
      }
      const logits = tf.add(tf.matMul(tf.mean(x, [1, 2]), weights), bias);
      const labels = tf.tensor1d(Array.from({ length: count }, (_, index) => index % CLASSES), "int32");
      return tf.losses.softmaxCrossEntropy(tf.oneHot(labels, CLASSES), logits);
    }, true);
    const value = await loss.data();
    loss.dispose();
    return value;
  };
}
