// The live view, with so many faces before the camera.

import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { launch } from "../peers/browser.mjs";
import { median, open } from "../peers/tab.mjs";
import { openPage } from "./page.mjs";

/** Frames of a clip, which the browser plays again and again, 30 in a second. */
const FRAMES = 60;

/** Milliseconds after the first frame that are not measured. */
const WARM_UP = 5000;

/** The columns and rows in which so many faces stand. */
const GRIDS = { 1: [1, 1], 2: [2, 1], 4: [2, 2], 8: [4, 2], 16: [4, 4] };

/** The numbers of faces that can be measured. */
export const COUNTS = Object.keys(GRIDS).map(Number);

/**
 * Runs in a page: the frames of a clip of 640×480 pixels, as JPEG in base64. Each place of the grid shows the face of `photo`, which
 * moves by a few pixels, each in another phase; all frames have noise, as those of a camera.
 */
async function drawFrames(photo, [columns, rows], count) {
  const face = { x: 224, y: 120, height: 200 }; // its middle in the photo, and how much of it is shown
  const picture = await createImageBitmap(await (await fetch(photo)).blob());
  const canvas = new OffscreenCanvas(640, 480);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const [width, height] = [canvas.width / columns, canvas.height / rows];
  const scale = height / face.height;
  // sums of uniform numbers, with a standard deviation of 4 grey levels, in another order in each frame
  const noise = Float32Array.from({ length: 1 << 16 }, () => (Math.random() + Math.random() + Math.random() - 1.5) * 8);
  const frames = [];
  for (let frame = 0; frame < count; frame += 1) {
    for (let place = 0; place < columns * rows; place += 1) {
      const turn = 2 * Math.PI * (frame / count + place * 0.37);
      const [right, down] = [face.x + 3 * Math.sin(turn), face.y + 2 * Math.cos(turn)];
      const across = width / scale;
      const [left, top] = [(place % columns) * width, Math.floor(place / columns) * height];
      context.drawImage(picture, right - across / 2, down - face.height / 2, across, face.height, left, top, width, height);
    }
    const image = context.getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 0, from = Math.floor(Math.random() * noise.length); at < image.data.length; at += 4, from += 1) {
      if (from % 509 === 0) from += Math.floor(Math.random() * noise.length);
      const added = noise[from % noise.length];
      for (let channel = at; channel < at + 3; channel += 1) image.data[channel] += added;
    }
    context.putImageData(image, 0, 0);
    const jpeg = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
    const address = await new Promise((done) => {
      const reader = Object.assign(new FileReader(), { onload: () => done(reader.result) });
      reader.readAsDataURL(jpeg);
    });
    frames.push(address.slice(address.indexOf(",") + 1));
  }
  return frames;
}

/** Writes the clips. Their names by the number of faces. */
async function writeClips({ program, folder, root }, counts) {
  const photo = (await readFile(join(root, "tests/fixtures/astronaut.jpg"))).toString("base64");
  const browser = await launch(program, ["--disable-gpu"]);
  try {
    const tab = await open(browser);
    const clips = new Map();
    for (const count of counts) {
      const drawn = [`data:image/jpeg;base64,${photo}`, GRIDS[count], FRAMES].map((part) => JSON.stringify(part)).join();
      const frames = await tab.evaluate(`(${drawFrames})(${drawn})`);
      const clip = join(folder, `faces-${count}.mjpeg`);
      await writeFile(clip, Buffer.concat(frames.map((frame) => Buffer.from(frame, "base64"))));
      clips.set(count, clip);
    }
    return clips;
  } finally {
    await browser.close();
  }
}

/** Runs in the page: what it shows of each frame for some time, and how many frames it processes. */
function watchFrames(milliseconds) {
  return new Promise((done) => {
    const timing = () => document.querySelector("[data-testid=timing]")?.dataset;
    const begin = { time: performance.now(), frames: Number(timing().frames) };
    const [seen, end] = [[], { ...begin }];
    const observer = new MutationObserver(() => {
      const shown = timing();
      if (shown === undefined || Number(shown.frames) === end.frames) return;
      Object.assign(end, { time: performance.now(), frames: Number(shown.frames) });
      const [latency, detect, classify] = [shown.latency, shown.detect, shown.classify].map(Number);
      const faces = document.querySelectorAll("[data-testid=face][data-expression]").length;
      seen.push({ latency, detect, classify, faces });
      if (end.time - begin.time < milliseconds) return;
      observer.disconnect();
      done({ rate: ((end.frames - begin.frames) * 1000) / (end.time - begin.time), seen });
    });
    observer.observe(document, { subtree: true, childList: true, attributes: true });
  });
}

/** Measures the live view for some seconds with each of these numbers of faces. */
export async function measureLive(setup, counts, seconds) {
  const clips = await writeClips(setup, counts);
  const rows = [];
  for (const [count, clip] of clips) {
    const camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${clip}`];
    let page;
    try {
      page = await openPage(setup.program, setup.address, camera);
      await page.click("camera-start");
      await page.until(`${count} faces`, `document.querySelectorAll("[data-testid=face]").length >= ${count}`);
      await sleep(WARM_UP);
      const { rate, seen } = await page.evaluate(`(${watchFrames})(${seconds * 1000})`, seconds * 1000 + 60_000);
      const all = (name) => seen.map((frame) => frame[name]).sort((a, b) => a - b);
      rows.push({
        faces: count,
        shown: median(all("faces")),
        frames_per_second: rate,
        frames: seen.length,
        latency_ms: { median: median(all("latency")), ninetieth: all("latency")[Math.floor(seen.length * 0.9)] },
        detect_ms: median(all("detect")),
        classify_ms: median(all("classify")),
        memory_bytes: await page.memory(),
      });
      setup.report(`${count} faces: ${rate.toFixed(1)} frames per second`);
    } catch (error) {
      setup.fail(`${count} faces`, error);
    } finally {
      await page?.close();
      await rm(clip, { force: true });
    }
  }
  return rows;
}

/** The table of the live view. */
export function printLive(rows) {
  console.log("\n| faces in view | shown | frames per second | frame to label | nine of ten within | for detection | for classification | memory |");
  console.log("|---|---|---|---|---|---|---|---|");
  for (const { faces, shown, frames_per_second, latency_ms, detect_ms, classify_ms, memory_bytes } of rows) {
    const times = [latency_ms.median, latency_ms.ninetieth, detect_ms, classify_ms].map((time) => `${time.toFixed(0)} ms`);
    const memory = `${(memory_bytes / 1e6).toFixed(0)} MB`;
    console.log(`| ${[faces, shown, frames_per_second.toFixed(1), ...times, memory].join(" | ")} |`);
  }
}
