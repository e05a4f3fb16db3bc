// Requests to a worker, each of which is answered or rejected.

import { MienError } from "./errors.js";

/** What the program's words for damaged weights mean. */
const DAMAGED = {
  detector: "the weights of the face detector are damaged",
  format: "this is not a weights file of mien (safetensors), or it is cut off",
  header: "the header of the file is incomplete, or its network has other classes or another preprocessing",
  precision: "the weights are stored with a precision that is not supported",
  "not-finite": "the weights contain values that are not finite numbers",
  tensors: "the tensors of the file do not fit its architecture",
};

const MESSAGES = {
  "weights-damaged": (reason) => `The network cannot be used: ${DAMAGED[reason] ?? reason}.`,
  "program-missing": (reason) =>
    `The library's program cannot be loaded (${reason}): are worker.js, recognition.js and recognition_bg.wasm beside mien.js, ` +
    "and does the page's content security policy allow them?",
  "picture-invalid": () => "The pixels of the picture cannot be read.",
  "worker-failed": (reason) => `The worker has stopped (${reason}): load the library again.`,
};

const CROSS_ORIGIN =
  "The browser does not let this page read the pixels of the picture: it is from another host, which has to allow it " +
  "(attribute `crossorigin`, header `Access-Control-Allow-Origin`).";

const failure = (id, reason, options) => new MienError(id, MESSAGES[id](reason), options);

/** The folder of this file; in a function, so that bundlers do not take the script below for another file. */
const folder = () => import.meta.url;

function startWorker() {
  try {
    return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  } catch (error) {
    // Browsers start no worker from another host, such as a CDN, but a worker may import modules from there.
    const script = new URL("worker.js", folder());
    if (error.name !== "SecurityError" || script.origin === globalThis.location?.origin) throw error;
    const start = new Blob([`import ${JSON.stringify(script)};`], { type: "text/javascript" });
    const url = URL.createObjectURL(start);
    setTimeout(() => URL.revokeObjectURL(url), 60_000); // it has started by then
    return new Worker(url, { type: "module" });
  }
}

export class Connection {
  #worker;
  /** The requests without an answer, by their numbers. */
  #waiting = new Map();
  /** How to reject the work in progress. */
  #rejections = new Set();
  #count = 0;
  #started = false;
  #end;

  constructor() {
    try {
      this.#worker = startWorker();
    } catch (error) {
      throw new MienError("unsupported", `The browser starts no worker (${error.message}).`, { cause: error });
    }
    this.#worker.onmessage = ({ data }) => this.#answered(data);
    this.#worker.onmessageerror = () => this.end(failure("worker-failed", "an answer could not be read"));
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.end(failure(this.#started ? "worker-failed" : "program-missing", event.message || "the worker does not start"));
    };
  }

  /** Why there are no more answers, if there are none. */
  get ended() {
    return this.#end;
  }

  /** The result of some work, which is rejected at once when the connection ends. */
  within(work) {
    if (this.#end) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      this.#rejections.add(reject);
      work()
        .then(resolve, reject)
        .finally(() => this.#rejections.delete(reject));
    });
  }

  /** The answer to a request. */
  ask(kind, request = {}, transfer = []) {
    if (this.#end) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      const number = ++this.#count;
      try {
        this.#worker.postMessage({ number, kind, ...request }, transfer);
        this.#waiting.set(number, { resolve, reject });
      } catch (error) {
        const options = { cause: error };
        const unreadable = error.name === "DataCloneError" && request.bitmap;
        reject(
          unreadable ? new MienError("picture-cross-origin", CROSS_ORIGIN, options) : failure("worker-failed", error.message, options),
        );
      }
    });
  }

  #answered({ number, answer, id, reason }) {
    this.#started = true;
    const { resolve, reject } = this.#waiting.get(number) ?? {};
    this.#waiting.delete(number);
    if (id === undefined) return resolve?.(answer);
    const error = failure(id, reason);
    reject?.(error);
    // a program that has stopped in the middle of something must not go on
    if (id === "worker-failed") this.end(error);
  }

  /** Ends the worker, and rejects all that is pending. Only the first reason counts. */
  end(error) {
    if (this.#end) return;
    this.#end = error;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(error);
    for (const reject of this.#rejections) reject(error);
    this.#waiting.clear();
    this.#rejections.clear();
  }
}
