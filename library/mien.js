// Facial expression recognition for web pages, in a worker of its own. The types in mien.d.ts describe what is exported.

import { check, checkOptions } from "./arguments.js";
import { Connection } from "./connection.js";
import { MienError } from "./errors.js";
import { CROP_PIXELS, CROP_SIDE, EXPRESSIONS, distribution, facesOf, top } from "./faces.js";
import { read } from "./picture.js";
import { Tracking } from "./tracking.js";
import { aborted, classifier, detector } from "./weights.js";

export { EXPRESSIONS, MienError };

const NEEDED = ["Worker", "WebAssembly", "OffscreenCanvas", "createImageBitmap"];

export async function load(options) {
  const { network = "default", flip, signal } = checkOptions(options, { network: "network", flip: "boolean", signal: "signal" });
  const lacking = NEEDED.filter((name) => !(name in globalThis));
  if (lacking.length > 0) throw new MienError("unsupported", `The browser lacks ${lacking.join(", ")}.`);
  if (signal?.aborted) throw aborted(signal);
  const connection = new Connection();
  const abort = () => connection.end(aborted(signal));
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const loaded = await connection.within(async () => {
      const files = await Promise.all([detector(signal), classifier(network, signal)]);
      return connection.ask("load", { detector: files[0], network: files[1], flip: flip ?? false }, files);
    });
    return new Mien(connection, loaded);
  } catch (error) {
    connection.end(error);
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** The bytes of a crop, which other arrays are not: their numbers would be taken for grey levels. */
const isBytes = (crop) => crop instanceof Uint8Array || crop instanceof Uint8ClampedArray;

/** The crop of a face as an image. */
function image(crop) {
  if (!isBytes(crop)) {
    throw new MienError("picture-invalid", "The crop must be in a Uint8Array or Uint8ClampedArray, with grey levels from 0 to 255.");
  }
  if (crop.length !== CROP_PIXELS) {
    const message = `A grey crop has ${CROP_SIDE}×${CROP_SIDE} bytes; this one has ${crop.length}.`;
    throw new MienError("crop-size", message);
  }
  return new ImageData(Uint8ClampedArray.from({ length: 4 * CROP_PIXELS }, (_, at) => (at % 4 < 3 ? crop[at >> 2] : 255)), CROP_SIDE);
}

class Mien {
  #connection;
  #network;
  #tracking;

  constructor(connection, network) {
    this.#connection = connection;
    this.#network = Object.freeze(network);
  }

  get network() {
    return this.#network;
  }

  #recognize(picture, stream, time) {
    return this.#connection.within(async () => {
      const { bitmap, width, height } = await read(picture);
      try {
        const answer = await this.#connection.ask("recognize", { bitmap, stream, time }, [bitmap]);
        return { faces: facesOf(answer, width / answer.width), width, height };
      } finally {
        bitmap.close(); // if it was not transferred
      }
    });
  }

  async recognize(picture) {
    return (await this.#recognize(picture, false, 0)).faces;
  }

  classify(crop) {
    return this.#connection.within(async () => {
      const { bitmap, width, height } = await read(ArrayBuffer.isView(crop) ? image(crop) : crop);
      try {
        if (width !== height) {
          throw new MienError("crop-size", `The crop of a face must be square; this one has ${width}×${height} pixels.`);
        }
        const numbers = Array.from(await this.#connection.ask("classify", { bitmap }, [bitmap]));
        const clear = numbers.pop() === 1;
        return { label: top(numbers), clear, probabilities: distribution(numbers) };
      } finally {
        bitmap.close();
      }
    });
  }

  track(source, callback, options) {
    check(callback, "function", "callback");
    const kinds = { interval: "milliseconds", actions: "actions", onError: "function", signal: "signal" };
    const { interval, actions, onError, signal } = checkOptions(options, kinds);
    if (this.#connection.ended) throw this.#connection.ended;
    if (this.#tracking) {
      throw new MienError("already-tracking", "This instance already tracks a video: stop that first, or load another instance.");
    }
    actions?.reset();
    const tracking = new Tracking(source, {
      interval: interval ?? 0,
      callback: (faces, frame) => {
        actions?.frame(faces, frame);
        callback(faces, frame);
      },
      onError: onError ?? reportError,
      reset: () => this.#connection.ask("reset"),
      recognize: (time) => this.#recognize(source, true, time),
      ended: () => (this.#tracking = undefined),
    });
    this.#tracking = tracking;
    const stop = () => tracking.stop();
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
    return { stop };
  }

  useNetwork(network) {
    return this.#connection.within(async () => {
      const file = await classifier(network);
      this.#network = Object.freeze(await this.#connection.ask("use", { network: file }, [file]));
      return this.#network;
    });
  }

  dispose() {
    this.#tracking?.stop(); // without an error
    this.#connection.end(new MienError("disposed", "This instance was disposed: load another one."));
  }
}
