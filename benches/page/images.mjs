// Datasets of generated images: reading them, searching them for near duplicates and evaluating the network on them.

import { open, rm } from "node:fs/promises";
import { join } from "node:path";

import { Failure, find } from "../peers/tab.mjs";
import { moment, openPage } from "./page.mjs";

const SIDE = 48;

/** Cells of the noise of which an image is the sum, in pixels, and their share: the larger a structure, the stronger, as in photographs. */
const OCTAVES = [[12, 70], [6, 40], [3, 25]];

/** Of so many images the last is the one before it, mirrored and brighter. */
const MIRRORED = 100;

/** The longest that a step may take: a minute, and more for each image. */
const patience = (images) => 60_000 + 100 * images;

/** Random numbers from 0 to less than 1, the same in each run (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws the grey values of the next image. */
function draw(image, random) {
  image.fill(128);
  for (const [cell, strength] of OCTAVES) {
    const corners = SIDE / cell + 1;
    const heights = Float32Array.from({ length: corners * corners }, () => (random() - 0.5) * 2 * strength);
    for (let row = 0; row < SIDE; row += 1) {
      const [above, down] = [Math.floor(row / cell) * corners, (row % cell) / cell];
      for (let column = 0; column < SIDE; column += 1) {
        const at = above + Math.floor(column / cell);
        const across = (column % cell) / cell;
        const upper = heights[at] + (heights[at + 1] - heights[at]) * across;
        const lower = heights[at + corners] + (heights[at + corners + 1] - heights[at + corners]) * across;
        image[row * SIDE + column] += upper + (lower - upper) * down;
      }
    }
  }
}

/** Mirrors an image and makes it brighter. */
function mirror(image) {
  for (let row = 0; row < SIDE; row += 1) image.subarray(row * SIDE, (row + 1) * SIDE).reverse();
  for (let at = 0; at < image.length; at += 1) image[at] += 12;
}

/** The split of an image: as in FER2013, eight of ten are in Training. */
const split = (number) => ["PublicTest", "PrivateTest"][number % 10] ?? "Training";

/** Writes so many generated images as FER2013's CSV. */
export async function writeImages(path, images) {
  const digits = Array.from({ length: 256 }, (_, value) => Buffer.from(` ${value}`, "latin1"));
  const [random, image] = [generator(7), new Float32Array(SIDE * SIDE)];
  const file = await open(path, "w");
  try {
    let [block, length] = [Buffer.alloc(1 << 24), 0];
    length += block.write("emotion,pixels,Usage\n", length, "latin1");
    for (let number = 0; number < images; number += 1) {
      if (number % MIRRORED === MIRRORED - 1) mirror(image);
      else draw(image, random);
      length += block.write(`${number % 7},`, length, "latin1");
      for (let at = 0; at < image.length; at += 1) {
        const value = Math.min(255, Math.max(0, Math.round(image[at])));
        // without the space before the first
        length += digits[value].copy(block, length, at === 0 ? 1 : 0);
      }
      length += block.write(`,${split(number)}\n`, length, "latin1");
      if (block.length - length < 4 * SIDE * SIDE + 32 || number === images - 1) {
        await file.write(block, 0, length);
        length = 0;
      }
    }
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/**
 * Opens a CSV of so many images in the section of datasets. Milliseconds until it is loaded, and from then on until all near
 * duplicates are found.
 */
export async function load(page, path, images) {
  await page.section("dataset");
  await page.until("the section of datasets", find("dataset-input"));
  await page.evaluate(`void (() => {
    self.chosen = new Promise((done) => addEventListener("change", () => done(performance.now()), { capture: true, once: true }));
    self.loaded = ${moment(find("dataset-summary", `[data-samples=\\"${images}\\"]`))};
    self.searched = ${moment(find("dataset-near-duplicates", "[data-state=finished]"))};
  })()`);
  await page.choose("dataset-input", [path]);
  const refused = moment(find("message", "[data-kind=dataset-failed]"));
  const read = await page.evaluate(
    `Promise.race([Promise.all([chosen, loaded]).then(([from, to]) => to - from), ${refused}.then(() => "refused")])`,
    patience(images),
  );
  if (read === "refused") throw new Failure(await page.evaluate(`${find("message")}.textContent`));
  const memory = await page.memory();
  const search = await page.evaluate("Promise.all([loaded, searched]).then(([from, to]) => to - from)", patience(images));
  const found = Number(await page.evaluate(`${find("dataset-near-duplicates")}.dataset.images`));
  return { read, search, found, memory };
}

/** Evaluates the active network on all images; milliseconds until the report is shown. */
async function evaluate(page, images) {
  await page.section("evaluation");
  await page.until("the choice of a split", find("evaluate-split"));
  await page.evaluate(`(choice => {
    choice.value = "all";
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  })(${find("evaluate-split")})`);
  await page.until("all images", `${find("evaluate-split")}.value === "all"`);
  await page.until("the start of an evaluation", find("evaluate-start", ":not([disabled])"));
  const time = await page.evaluate(
    `(() => {
      const start = performance.now();
      ${find("evaluate-start")}.click();
      return ${moment(find("metrics"))}.then((end) => end - start);
    })()`,
    patience(images),
  );
  const cells = "[...document.querySelectorAll('[data-testid=confusion-matrix] [data-count]')]";
  const evaluated = await page.evaluate(`${cells}.reduce((sum, cell) => sum + Number(cell.dataset.count), 0)`);
  if (evaluated !== images) throw new Failure(`${evaluated} images were evaluated`);
  return time;
}

/** Measures datasets of these sizes, each in a browser of its own. */
export async function measureImages(setup, sizes) {
  const rows = [];
  for (const images of sizes) {
    const path = join(setup.folder, `images-${images}.csv`);
    try {
      const bytes = await writeImages(path, images);
      const page = await openPage(setup.program, setup.address);
      try {
        const { read, search, found, memory } = await load(page, path, images);
        setup.report(`${images} images: read in ${(read / 1000).toFixed(1)} s, ${found} near duplicates in ${(search / 1000).toFixed(1)} s`);
        const evaluation = await evaluate(page, images);
        setup.report(`${images} images: evaluated in ${(evaluation / 1000).toFixed(1)} s`);
        rows.push({
          images,
          file_bytes: bytes,
          near_duplicates: found,
          milliseconds: { read, search, evaluation },
          memory_bytes: { loaded: memory, evaluated: await page.memory() },
        });
      } finally {
        await page.close();
      }
    } catch (error) {
      setup.fail(`${images} images`, error);
    } finally {
      await rm(path, { force: true });
    }
  }
  return rows;
}

/** The table of the datasets. */
export function printImages(rows) {
  console.log("\n| images | file | read | near duplicates | evaluated | memory, loaded | memory, evaluated |\n|---|---|---|---|---|---|---|");
  for (const { images, file_bytes, milliseconds, memory_bytes } of rows) {
    const times = Object.values(milliseconds).map((time) => {
      const rate = Math.round((images * 1000) / time).toLocaleString("en");
      return `${(time / 1000).toFixed(1)} s (${rate} per second)`;
    });
    const [file, ...memory] = [file_bytes, ...Object.values(memory_bytes)].map((bytes) => `${Math.round(bytes / 1e6)} MB`);
    console.log(`| ${[images.toLocaleString("en"), file, ...times, ...memory].join(" | ")} |`);
  }
}
