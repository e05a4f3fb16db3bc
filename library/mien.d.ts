/**
 * Facial expression recognition for web pages. Everything is computed in a web worker of this page, on the CPU; nothing is sent to anybody.
 *
 * The networks classify how a face looks, not what a person feels, and are often wrong.
 */

import type { Actions } from "./actions.js";

/** The seven classes of FER2013. */
export type Expression = "angry" | "disgust" | "fear" | "happy" | "sad" | "surprise" | "neutral";

/** The seven classes in FER2013's order: 0 angry to 6 neutral. */
export const EXPRESSIONS: readonly Expression[];

/** Probabilities of the seven classes: each from 0 to 1, and their sum is 1 but for rounding. Calibrated where the network has a temperature. */
export type Probabilities = Record<Expression, number>;

/** A point in pixels of the picture, from its top left corner. */
export interface Point {
  x: number;
  y: number;
}

/** An axis-aligned rectangle in pixels of the picture. A face at the edge may reach beyond it. */
export interface Box {
  /** Left edge, in pixels. */
  x: number;
  /** Top edge, in pixels. */
  y: number;
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
}

/** Six landmarks in pixels of the picture. Right and left are the person's. */
export interface Landmarks {
  rightEye: Point;
  leftEye: Point;
  noseTip: Point;
  mouthCentre: Point;
  rightEar: Point;
  leftEar: Point;
}

/** What a face is classified as. */
export interface Classification {
  /** The most likely class; on a tie, the first in FER2013's order. */
  label: Expression;
  /**
   * Whether the label is clear enough to be shown: its probability is at least 0.45, and at least 0.15 higher than the next. In a tracked
   * video, a clear label stays clear while it is the most likely one with at least 0.35.
   */
  clear: boolean;
  /** Probabilities by class; smoothed over time in a tracked video. */
  probabilities: Probabilities;
}

/** A face in a picture. */
export interface Face extends Classification {
  /** From 1: constant while a face is tracked; in a single picture, the largest face is 1 … */
  id: number;
  /** From brow to chin. */
  box: Box;
  landmarks: Landmarks;
  /** The corners of the crop that was classified, in pixels of the picture: clockwise from the crop's own top left, as the eyes are levelled. */
  outline: [Point, Point, Point, Point];
  /** The detector's confidence, 0 to 1. */
  score: number;
  /** The probabilities for this frame alone; equal to `probabilities` in a single picture. */
  frameProbabilities: Probabilities;
  /** The crop that was classified: 48×48 grey values from 0 to 255, row by row. */
  crop: Uint8Array;
}

/**
 * Where pixels come from. Pictures with a side of more than 1920 pixels are shrunk for the search; coordinates are always those of the picture
 * itself: natural size of an image, size of the video, size of a canvas. The picture is not changed, and a bitmap stays usable.
 */
export type Picture =
  | HTMLVideoElement
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | ImageBitmap
  | ImageData
  | VideoFrame
  | Blob;

/**
 * A network: one of the two that are part of the package, by name (`default`: 1.9 MB, the most accurate; `phone`: 0.5 MB, faster), the address
 * of a weights file, relative to the page, or its content. Weights files are the safetensors that mien's page and command line write.
 */
export type NetworkSource = "default" | "phone" | (string & {}) | URL | Blob | ArrayBuffer | ArrayBufferView;

/** The network in use. */
export interface NetworkInfo {
  /** `cnn`, `vgg`, `inception`, `resnet` or `mobile`. */
  readonly architecture: string;
  /** Number of parameters. */
  readonly parameters: number;
  /** Multiply-adds per face. */
  readonly multiplyAdds: number;
}

export interface LoadOptions {
  /** The network; `default` if left out. */
  network?: NetworkSource;
  /** Whether each face is also classified mirrored, and the probabilities are averaged: a little more accurate, takes twice as long. */
  flip?: boolean;
  /** Ends loading, which is then rejected with `aborted`. */
  signal?: AbortSignal;
}

/** About a frame of a tracked video. */
export interface FrameInfo {
  /** When the frame was shown, in milliseconds, on the clock of `performance.now()`. */
  time: number;
  /** Width of the frame in pixels. */
  width: number;
  /** Height of the frame in pixels. */
  height: number;
}

export interface TrackOptions {
  /** Milliseconds between two frames, at least; 0 (the default) for as many frames as the device computes. */
  interval?: number;
  /** Rules that fire when a look is held: each frame is added before the callback is called. */
  actions?: Actions;
  /** Receives the error that ended the tracking; without it, the error is reported as an uncaught one. */
  onError?: (error: MienError) => void;
  /** Stops the tracking, as `stop` does. */
  signal?: AbortSignal;
}

export interface Tracking {
  /** Stops: the callback is not called again. */
  stop(): void;
}

/** An instance with a worker, a network and a tracked video of its own. Instances share nothing. */
export interface Mien {
  /** The network in use. */
  readonly network: NetworkInfo;

  /**
   * The faces of a single picture with their expressions: the 32 largest, the largest first. Empty if there are none.
   *
   * @throws {MienError} as a rejection: `picture-invalid`, `picture-not-ready`, `picture-empty`, `picture-cross-origin`, or any that ends an instance
   */
  recognize(picture: Picture): Promise<Face[]>;

  /**
   * Recognizes the frames of a playing video or a canvas, one after the other, until it is stopped: faces are tracked and keep their id, and
   * probabilities are smoothed. It pauses while the video does, or the page is hidden. One at a time for an instance; `recognize` and `classify`
   * work beside it. Faces are in the order of their ids.
   *
   * @throws {MienError} `already-tracking`, `argument-invalid`, or any that ends an instance. What is no picture, or cannot be read, ends the tracking:
   * `onError` gets the error.
   */
  track(
    source: HTMLVideoElement | HTMLCanvasElement,
    callback: (faces: Face[], frame: FrameInfo) => void,
    options?: TrackOptions,
  ): Tracking;

  /**
   * Classifies the crop of a face without looking for one: a square picture, framed like those of FER2013 (as `outline` is), of any size, or 48×48 grey
   * bytes (as `crop` is).
   *
   * @throws {MienError} as a rejection: `crop-size`, as `recognize`
   */
  classify(crop: Picture | Uint8Array | Uint8ClampedArray): Promise<Classification>;

  /**
   * Replaces the network. Where that fails, the previous one stays.
   *
   * @throws {MienError} as a rejection: `network-invalid`, `weights-missing`, `weights-damaged`, or any that ends an instance
   */
  useNetwork(network: NetworkSource): Promise<NetworkInfo>;

  /** Ends the worker and frees its memory. What is pending is rejected with `disposed`, as is everything later; a tracking stops. */
  dispose(): void;
}

/**
 * Loads the library: starts a worker, which loads the program (`recognition_bg.wasm`), and the weights of detector and network.
 *
 * @throws {MienError} as a rejection: `argument-invalid`, `unsupported`, `program-missing`, `network-invalid`, `weights-missing`, `weights-damaged`, `worker-failed`, `aborted`
 */
export function load(options?: LoadOptions): Promise<Mien>;

/** What can go wrong. */
export type MienErrorId =
  /** Loading was ended by its signal. */
  | "aborted"
  /** The instance tracks a video already. */
  | "already-tracking"
  /** An argument or option is of another kind, such as a text in place of options, or no function as a callback. */
  | "argument-invalid"
  /** The camera does not start, or is in use by another program. */
  | "camera-busy"
  /** The permission to use the camera was denied. */
  | "camera-denied"
  /** The camera was disconnected, or its permission was withdrawn. */
  | "camera-lost"
  /** There is no (such) camera. */
  | "camera-missing"
  /** The page gets no camera: it has neither HTTPS nor the host `localhost`, or the element is in no page. */
  | "camera-unsupported"
  /** The crop is not square, or its bytes are not 48×48. */
  | "crop-size"
  /** The instance was disposed. */
  | "disposed"
  /** What should be a network is neither a name, nor an address, nor bytes, or its bytes cannot be read. */
  | "network-invalid"
  /** The picture is from another host, which does not allow pages to read it. */
  | "picture-cross-origin"
  /** The width or height of the picture is 0. */
  | "picture-empty"
  /** This is no picture, or its pixels cannot be decoded. */
  | "picture-invalid"
  /** The video has no frame yet. */
  | "picture-not-ready"
  /** The worker, its script or the program `recognition_bg.wasm` cannot be loaded, or the page's content security policy forbids them. */
  | "program-missing"
  /** A rule of `Actions` has a value that makes no sense, or the origin that is to get messages is none. */
  | "rule-invalid"
  /** The browser lacks what the library needs, or starts no worker. */
  | "unsupported"
  /** The weights file is damaged, or of a network that the library does not compute. */
  | "weights-damaged"
  /** The weights file cannot be fetched. */
  | "weights-missing"
  /** The worker has stopped. The instance is of no further use; another can be loaded. */
  | "worker-failed";

/** An error of this library. `message` is in English; `cause` is the browser's error, where there is one. */
export class MienError extends Error {
  constructor(id: MienErrorId, message: string, options?: ErrorOptions);
  readonly name: "MienError";
  readonly id: MienErrorId;
}
