import type { Actions } from "./actions.js";
import type { Expression, Face, FrameInfo, MienError } from "./mien.js";

/** What the event `faces` says about a frame. */
export interface FacesDetail extends FrameInfo {
  /** The tracked faces in the order of their ids; coordinates are those of the camera's picture, which is not mirrored. */
  faces: Face[];
}

/** The events of the element. */
export type MienCameraEventMap = Omit<HTMLElementEventMap, "error"> & {
  /** A frame was recognized. */
  faces: CustomEvent<FacesDetail>;
  /** The camera does not start, or has stopped. */
  error: CustomEvent<MienError>;
};

/**
 * `<mien-camera>`: a camera with boxes and labels of the faces that it sees. It asks for the camera when it is started, by its button or by
 * `start()`, never before. Importing `mien/camera` defines the element.
 *
 * Attributes:
 * - `network`: as the option of `load`: `default`, `phone`, or the address of a weights file. May be changed at any time.
 * - `facing`: `user` (the default, shown mirrored) or `environment`. Holds from the next start on.
 * - `overlay`: `off` to draw no boxes and labels.
 * - `start-label`, `stop-label`: the texts of its button.
 * - `state`: set by the element: `off`, `starting` or `on`.
 *
 * Events, which do not bubble:
 * - `faces`: a frame was recognized; `detail` is a `FacesDetail`.
 * - `error`: it does not start, or has stopped; `detail` is a `MienError`.
 *
 * Parts for style sheets: `video`, `button`, `message` (the text of the last error).
 */
export class MienCamera extends HTMLElement {
  /** Starts the camera and loads the library, unless that was done before. Rejected with the `MienError` of the event `error`. */
  start(): Promise<void>;
  /** Stops the camera. The library stays loaded until the element leaves the page. */
  stop(): void;
  /** As the attribute. */
  readonly state: "off" | "starting" | "on";
  /** The faces of the last frame. */
  readonly faces: Face[];
  /** The element that shows the camera's picture. */
  readonly video: HTMLVideoElement;
  /**
   * Rules that fire when a look is held, or `null`. All holds begin anew when the camera starts.
   *
   * @throws {MienError} `argument-invalid`, when it is set
   */
  actions: Actions | null;
  /** Texts of the labels: by class (its English name if left out), and for faces whose class is not clear. */
  labels: Partial<Record<Expression | "unclear", string>>;

  addEventListener<K extends keyof MienCameraEventMap>(
    type: K,
    listener: (this: MienCamera, event: MienCameraEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "mien-camera": MienCamera;
  }
}
