// A worker that draws the model face with the program of crates/face, which it fetches with the model. Receives settings as a
// Float32Array, or a request about curves as bytes; answers [bitmap, landmarks] or [bytes, null], or [null, error]: a message of
// the program as bytes, or null if something did not arrive.
import { fetched } from "./fetched.js";

const SIDE = 256;
const LANDMARKS = 68;

const start = async () => {
  const [bytes, model] = await Promise.all(["model-face.wasm", "face/face.bin"].map(fetched));
  const program = (await WebAssembly.instantiate(bytes)).instance.exports;
  // first the address: the memory may grow, and then has another buffer
  const at = program.reserve(model.byteLength);
  new Uint8Array(program.memory.buffer, at).set(new Uint8Array(model));
  const length = program.open();
  if (length) {
    throw new Uint8Array(program.memory.buffer, program.bytes(), length).slice();
  }
  return program;
};

const started = start();
started.catch(() => {});

onmessage = async ({ data }) => {
  try {
    const program = await started;
    if (data instanceof Uint8Array) {
      const at = program.reserve(data.length);
      new Uint8Array(program.memory.buffer, at).set(data);
      const length = program.summarize();
      const answer = new Uint8Array(program.memory.buffer, program.bytes(), length).slice();
      postMessage([answer, null], [answer.buffer]);
      return;
    }
    new Float32Array(program.memory.buffer, program.settings(), data.length).set(data);
    program.draw();
    const { buffer } = program.memory;
    const pixels = new Uint8ClampedArray(buffer, program.pixels(), SIDE * SIDE * 4).slice();
    const landmarks = new Float32Array(buffer, program.landmarks(), LANDMARKS * 2).slice();
    const bitmap = await createImageBitmap(new ImageData(pixels, SIDE));
    postMessage([bitmap, landmarks], [bitmap]);
  } catch (error) {
    postMessage([null, error instanceof Uint8Array ? error : null]);
  }
};
