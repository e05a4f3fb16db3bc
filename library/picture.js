// From what a page has (an element, a bitmap, a file) to a bitmap that travels to the worker.

import { is } from "./arguments.js";
import { MienError } from "./errors.js";

/** Maximum length of the longer side, in pixels; larger pictures are shrunk, as faces too small to be found then are rarely useful. */
const MAX_SIDE = 1920;

/** Width and height in pixels, or undefined where only decoding tells. */
function size(picture) {
  if (is(picture, "HTMLVideoElement")) return [picture.videoWidth, picture.videoHeight];
  if (is(picture, "HTMLImageElement")) return [picture.naturalWidth, picture.naturalHeight];
  if (is(picture, "VideoFrame")) return [picture.displayWidth, picture.displayHeight];
  if (is(picture, "Blob")) return undefined;
  return [picture.width, picture.height];
}

const KINDS = ["HTMLVideoElement", "HTMLImageElement", "HTMLCanvasElement", "OffscreenCanvas", "ImageBitmap", "ImageData", "VideoFrame", "Blob"];

async function decode(picture) {
  if (is(picture, "HTMLImageElement")) await picture.decode();
  const known = size(picture);
  if (known && !(known[0] > 0 && known[1] > 0)) {
    throw new MienError("picture-empty", "The picture has no pixels: its width or height is 0.");
  }
  const decoded = known ? picture : await createImageBitmap(picture);
  try {
    const [width, height] = known ?? [decoded.width, decoded.height];
    const shrunk = MAX_SIDE / Math.max(width, height);
    if (shrunk >= 1) return { bitmap: known ? await createImageBitmap(picture) : decoded, width, height };
    const side = (length) => Math.max(1, Math.round(length * shrunk));
    const resize = { resizeWidth: side(width), resizeHeight: side(height), resizeQuality: "high" };
    const bitmap = await createImageBitmap(decoded, resize);
    if (!known) decoded.close();
    return { bitmap, width, height };
  } catch (error) {
    if (!known) decoded.close();
    throw error;
  }
}

/**
 * A bitmap of a picture, which is not changed, at most 1920 pixels long, and the size of the picture itself in pixels.
 *
 * @throws {MienError} `picture-invalid`, `picture-not-ready` or `picture-empty`
 */
export async function read(picture) {
  if (!KINDS.some((kind) => is(picture, kind))) {
    throw new MienError("picture-invalid", `This is no picture: expected one of ${KINDS.join(", ")}.`);
  }
  if (is(picture, "HTMLVideoElement") && picture.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
    throw new MienError("picture-not-ready", "The video has no frame yet: wait for its event `loadeddata`.");
  }
  try {
    return await decode(picture);
  } catch (error) {
    if (error instanceof MienError) throw error;
    throw new MienError("picture-invalid", `The browser cannot decode the picture (${error.message}).`, { cause: error });
  }
}
