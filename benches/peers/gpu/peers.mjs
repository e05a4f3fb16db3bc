// The other runtimes on WebGPU, for the script that drives this page: it calls `peers`.

import { CLASSES, images, onnxruntime, tensorflow, tensorflowTraining } from "../runtimes.mjs";

/** The limits of a measurement, as in the page's own: repetitions, and milliseconds after which no further one starts. */
const [LEAST, MOST, ENOUGH] = [3, 51, 1500];

/** The largest difference of a logit between two runtimes; some adapters compute at lower precision. */
const TOLERANCE = 1e-2;

const works = new Map();

globalThis.peers = {
  /** The adapter, or null if there is none. */
  async adapter() {
    const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) return null;
    const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
    const named = `${vendor} ${architecture} ${device} ${description}`;
    const software = Boolean(isFallbackAdapter) || /swiftshader|llvmpipe|lavapipe|basic render/i.test(named);
    return { vendor, architecture, device, description, software, shaderF16: adapter.features.has("shader-f16") };
  },

  /** Loads the runtimes and compares their logits. */
  async load() {
    const bytes = new Uint8Array(await (await fetch("/weights.safetensors")).arrayBuffer());
    works.set("onnxruntime-web", await onnxruntime(bytes, "webgpu"));
    works.set("TensorFlow.js", await tensorflow(bytes, "webgpu"));
    works.set("TensorFlow.js, training", await tensorflowTraining(bytes, "webgpu"));
    const batch = images(2);
    const [first, second] = [await works.get("onnxruntime-web")(batch), await works.get("TensorFlow.js")(batch)];
    if (first.length !== 2 * CLASSES) throw new Error(`${first.length} logits of 2 images`);
    const difference = Math.max(...first.map((value, at) => Math.abs(value - second[at])));
    if (!(difference < TOLERANCE)) throw new Error(`the logits of the two runtimes differ by ${difference}`);
    return difference;
  },

  /** The median time of a batch in milliseconds; the first repetition, in which shaders are compiled, is not counted. */
  async time(work, count) {
    const [run, batch] = [works.get(work), images(count)];
    await run(batch);
    const times = [];
    const start = performance.now();
    while (times.length < LEAST || times.length % 2 === 0 || (times.length < MOST && performance.now() - start < ENOUGH)) {
      const before = performance.now();
      await run(batch);
      times.push(performance.now() - before);
    }
    return times.sort((a, b) => a - b)[(times.length - 1) / 2];
  },
};
