import { is } from "./arguments.js";

/** Recognizes one frame of a video or canvas after the other, until it is stopped. */
export class Tracking {
  #source;
  /** The source, if it is a video that tells when it shows a frame. */
  #video;
  #options;
  #stopped = false;
  #next;
  #last = -Infinity;

  /** `options`: `interval` in milliseconds, `reset()`, `recognize(time)`, `callback(faces, frame)`, `onError(error)`, `ended()`. */
  constructor(source, options) {
    this.#source = source;
    if (is(source, "HTMLVideoElement") && source.requestVideoFrameCallback) this.#video = source;
    this.#options = options;
    options.reset().then(() => this.#schedule()).catch((error) => this.#fail(error));
  }

  stop() {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#video) this.#video.cancelVideoFrameCallback(this.#next);
    else cancelAnimationFrame(this.#next);
    this.#options.ended();
  }

  #fail(error) {
    if (this.#stopped) return;
    this.stop();
    this.#options.onError(error);
  }

  #schedule() {
    if (this.#stopped) return;
    const step = (time) => this.#step(time);
    if (this.#video) this.#next = this.#video.requestVideoFrameCallback(step);
    else this.#next = requestAnimationFrame(step);
  }

  async #step(time) {
    if (this.#stopped) return;
    if (time - this.#last < this.#options.interval || this.#source?.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      return this.#schedule();
    }
    this.#last = time;
    let recognized;
    try {
      recognized = await this.#options.recognize(time);
    } catch (error) {
      return this.#fail(error);
    }
    if (this.#stopped) return;
    const { faces, width, height } = recognized;
    try {
      this.#options.callback(faces, { time, width, height });
    } catch (error) {
      reportError(error); // as that of an event listener
    }
    this.#schedule();
  }
}
