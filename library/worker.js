// The library's worker: runs the program, and answers one request after the other.

import start, { Library } from "./recognition.js";

const program = start();
program.catch(() => {}); // told with the first answer

let library;
let canvas;

/** The pixels of a bitmap, which is closed. */
function pixels(bitmap) {
  const { width, height } = bitmap;
  canvas ??= new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (canvas.canvas.width !== width || canvas.canvas.height !== height) {
    Object.assign(canvas.canvas, { width, height });
  }
  canvas.clearRect(0, 0, width, height);
  canvas.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, bytes: new Uint8Array(canvas.getImageData(0, 0, width, height).data.buffer) };
}

/** Thrown for what the page explains by this word. */
class Refused {
  constructor(id, reason) {
    Object.assign(this, { id, reason });
  }
}

/** Calls a function that throws a word if it refuses a weights file. */
function loading(load) {
  try {
    return load();
  } catch (reason) {
    throw typeof reason === "string" ? new Refused("weights-damaged", reason) : reason;
  }
}

function network() {
  const [parameters, multiplyAdds] = library.size();
  return { architecture: library.architecture(), parameters, multiplyAdds };
}

const HANDLERS = {
  load({ detector, network: file, flip }) {
    library = loading(() => new Library(new Uint8Array(detector), new Uint8Array(file)));
    library.set_flip(flip);
    return network();
  },
  use({ network: file }) {
    loading(() => library.use_network(new Uint8Array(file)));
    return network();
  },
  reset() {
    library.reset();
  },
  recognize({ bitmap, stream, time }) {
    const { width, height, bytes } = pixels(bitmap);
    const faces = library.recognize(width, height, bytes, stream, time);
    if (!faces) throw new Refused("picture-invalid");
    return { width, faces, crops: library.crops() };
  },
  classify({ bitmap }) {
    const { width, bytes } = pixels(bitmap);
    const numbers = library.classify(width, bytes);
    if (!numbers) throw new Refused("picture-invalid");
    return numbers;
  },
};

async function answer({ kind, ...request }) {
  try {
    await program;
  } catch (error) {
    throw new Refused("program-missing", error.message);
  }
  return HANDLERS[kind](request);
}

onmessage = async ({ data: { number, ...request } }) => {
  try {
    postMessage({ number, answer: await answer(request) });
  } catch (error) {
    const { id, reason } = error instanceof Refused ? error : { id: "worker-failed", reason: String(error?.message ?? error) };
    postMessage({ number, id, reason });
  }
};
