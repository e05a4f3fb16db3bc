// Faces from the numbers that `crates/quick-start/src/recognition.rs` writes.

/** The seven classes, in FER2013's order. */
export const EXPRESSIONS = Object.freeze(["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]);

const LANDMARKS = ["rightEye", "leftEye", "noseTip", "mouthCentre", "rightEar", "leftEar"];
const CORNERS = 4;

/** Length of a side of a crop, in pixels, and its number of pixels. */
export const CROP_SIDE = 48;
export const CROP_PIXELS = CROP_SIDE * CROP_SIDE;

/** Numbers of a face: id, box, landmarks, corners of the crop, score, two distributions, whether the top class is clear. */
const NUMBERS = 1 + 4 + 2 * LANDMARKS.length + 2 * CORNERS + 1 + 2 * EXPRESSIONS.length + 1;

/** Probabilities by class. */
export function distribution(numbers) {
  return Object.fromEntries(EXPRESSIONS.map((expression, index) => [expression, numbers[index]]));
}

/** The most likely class; on a tie, the first in FER2013's order. */
export function top(numbers) {
  return EXPRESSIONS[numbers.indexOf(Math.max(...numbers))];
}

/** The faces of an answer, in pixels of the picture, which is larger by `scale` than the one that was searched. */
export function facesOf({ faces, crops }, scale) {
  return Array.from({ length: faces.length / NUMBERS }, (_, index) => {
    let at = index * NUMBERS;
    const next = (count) => Array.from(faces.subarray(at, (at += count)));
    const points = (count) => Array.from({ length: count }, () => next(2)).map(([x, y]) => ({ x: x * scale, y: y * scale }));
    const [id] = next(1);
    const [x, y, width, height] = next(4).map((length) => length * scale);
    const landmarks = points(LANDMARKS.length);
    const outline = points(CORNERS);
    const [score] = next(1);
    const smoothed = next(EXPRESSIONS.length);
    const single = next(EXPRESSIONS.length);
    const [clear] = next(1);
    return {
      id,
      box: { x, y, width, height },
      landmarks: Object.fromEntries(LANDMARKS.map((name, index) => [name, landmarks[index]])),
      outline,
      score,
      label: top(smoothed),
      clear: clear === 1,
      probabilities: distribution(smoothed),
      frameProbabilities: distribution(single),
      crop: crops.slice(index * CROP_PIXELS, (index + 1) * CROP_PIXELS),
    };
  });
}
