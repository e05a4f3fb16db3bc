// Measures the built page on the CPU: the live view with many faces, datasets of many images, and training with slices. Prints tables
// and writes a JSON file.
//
//   node run.mjs --site FOLDER --root FOLDER --folder FOLDER --browser PROGRAM --json FILE [--only PART]...
//     [--faces N]... [--seconds N] [--sizes N]... [--slices N] [--pairs N] [--steps N]

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { launch } from "../peers/browser.mjs";
import { Failure, serve } from "../peers/tab.mjs";
import { measureImages, printImages } from "./images.mjs";
import { COUNTS, measureLive, printLive } from "./live.mjs";
import { measureTraining, printTraining } from "./training.mjs";

const text = { type: "string" };
const several = { ...text, multiple: true };
const { values: options } = parseArgs({
  options: {
    site: text,
    root: text,
    folder: text,
    browser: text,
    json: text,
    only: { ...several, default: ["live", "images", "training"] },
    faces: { ...several, default: COUNTS.map(String) },
    seconds: { ...text, default: "10" },
    sizes: { ...several, default: ["3589", "10000", "35887", "100000"] },
    slices: { ...text, default: "2" },
    pairs: { ...text, default: "6" },
    steps: { ...text, default: "10" },
  },
});
const { only, faces, sizes } = options;
const [seconds, slices, pairs, steps] = [options.seconds, options.slices, options.pairs, options.steps].map(Number);

/** Each part: how it is measured, and how its table is printed. */
const PARTS = {
  live: [(setup) => measureLive(setup, faces.map(Number), seconds), printLive],
  images: [(setup) => measureImages(setup, sizes.map(Number)), printImages],
  training: [(setup) => measureTraining(setup, { slices, pairs, steps }), printTraining],
};

/** The version of the browser. */
async function version() {
  const browser = await launch(options.browser, []);
  try {
    return (await browser.send("Browser.getVersion")).product;
  } finally {
    await browser.close();
  }
}

await mkdir(options.folder, { recursive: true });
const site = await serve((path) => join(options.site, path));
const result = {
  date: new Date().toISOString(),
  versions: {
    mien: /^version = "(.*)"$/m.exec(await readFile(join(options.root, "Cargo.toml"), "utf8"))?.[1],
    browser: await version(),
  },
  processors: cpus().map(({ model }) => model),
};
const failures = [];
const tables = [];
/** Reports a failure, after which the rest is measured; other errors end the program. */
const fail = (what, error) => {
  if (!(error instanceof Failure)) throw error;
  failures.push(`${what}: ${error.message}`);
  console.log(failures.at(-1));
};
const setup = {
  program: options.browser,
  address: site.address,
  root: options.root,
  folder: resolve(options.folder), // the browser's paths have no folder to start from
  report: (line) => console.log(line),
  fail,
};
const save = () => writeFile(options.json, `${JSON.stringify({ ...result, failures }, undefined, 2)}\n`);
try {
  for (const part of Object.keys(PARTS).filter((part) => only.includes(part))) {
    const [measure, print] = PARTS[part];
    try {
      result[part] = await measure(setup);
      tables.push(() => print(result[part]));
      await save(); // what follows may take long
    } catch (error) {
      fail(part, error);
    }
  }
  for (const print of tables) print();
  console.log(`\n${result.versions.browser}, ${result.processors.length} cores`);
  await save();
  console.log(`\nThese figures are in ${options.json}.`);
  if (failures.length) process.exitCode = 1;
} finally {
  site.close();
}
