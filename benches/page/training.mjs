// Training on the CPU with one slice of a batch and with several, which pool workers compute.

import { rm } from "node:fs/promises";
import { join } from "node:path";

import { Failure, find, median } from "../peers/tab.mjs";
import { load, writeImages } from "./images.mjs";
import { openPage } from "./page.mjs";

/** Generated images, of which eight of ten are trained on: more batches than a turn takes. */
const IMAGES = 4000;

/** Images of a batch. */
const BATCH = 32;

/** Steps, and milliseconds, at the start of a turn that are not measured: the pool workers start in this time. */
const WARM_UP = { steps: 3, milliseconds: 5000 };

/** Milliseconds that a step may take. */
const PATIENCE = 60_000;

/** Runs in the page: milliseconds a step, in the order in which they were shown, of so many steps after the first. */
function watchSteps(steps, warmUp) {
  return new Promise((done, failed) => {
    const begin = performance.now();
    const times = [];
    let [counted, last] = [0, undefined];
    const observer = new MutationObserver(() => {
      const run = document.querySelector("[data-testid=train-progress]")?.dataset;
      if (document.querySelector("[data-kind=training-failed]")) failed(new Error("the training failed"));
      if (run?.state !== "running" || run.step === last?.text) return;
      const now = { time: performance.now(), text: run.step, step: Number(run.step) };
      const isWarm = last !== undefined && last.step >= warmUp.steps && last.time - begin >= warmUp.milliseconds;
      // an epoch begins with step 0
      if (isWarm && now.step > last.step) {
        times.push((now.time - last.time) / (now.step - last.step));
        counted += now.step - last.step;
      }
      last = now;
      if (counted < steps) return;
      observer.disconnect();
      done(times);
    });
    observer.observe(document, { subtree: true, childList: true, attributes: true });
  });
}

/** Types into a field of the settings. */
const set = (page, name, value) =>
  page.evaluate(`(field => {
    field.value = "${value}";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  })(document.querySelector("[data-knob=${name}]"))`);

/** Milliseconds a step with so many slices, the median of a run that is then cancelled. */
async function turn(page, slices, steps) {
  await set(page, "slices", slices);
  await page.click("train-start");
  const running = find("train-progress", "[data-state=running]");
  await page.until("a run", running);
  const times = await page.evaluate(`(${watchSteps})(${steps}, ${JSON.stringify(WARM_UP)})`, PATIENCE * (steps + WARM_UP.steps));
  await page.click("train-cancel");
  await page.until("the end of the run", `!${running} || ${find("train-cancel-yes")}`);
  await page.evaluate(`${find("train-cancel-yes")}?.click()`);
  await page.until("the end of the run", `!${running}`);
  return median(times);
}

/** Measures the training of the whole default network, in turn with one slice and with so many, in pairs. */
export async function measureTraining(setup, { slices, pairs, steps }) {
  const path = join(setup.folder, "training.csv");
  await writeImages(path, IMAGES);
  const page = await openPage(setup.program, setup.address);
  try {
    const cores = await page.evaluate("navigator.hardwareConcurrency");
    if (cores < slices) throw new Failure(`the machine has ${cores} cores, fewer than slices`);
    await load(page, path, IMAGES);
    const loaded = await page.memory();
    await page.section("training");
    await page.click("scope-everything");
    for (const [name, value] of [["epochs", 1000], ["batch", BATCH], ["validation-images", 16]]) await set(page, name, value);
    const times = { one: [], several: [] };
    for (let pair = 0; pair < pairs; pair += 1) {
      const turns = [["one", 1], ["several", slices]];
      for (const [name, count] of pair % 2 === 0 ? turns : turns.reverse()) times[name].push(await turn(page, count, steps));
      const [one, several] = [times.one.at(-1), times.several.at(-1)];
      setup.report(`pair ${pair + 1}: ${one.toFixed(0)} ms a step, with ${slices} slices ${several.toFixed(0)} ms`);
    }
    return { cores, slices, batch: BATCH, step_ms: times, memory_bytes: { loaded, trained: await page.memory() } };
  } finally {
    await page.close();
    await rm(path, { force: true });
  }
}

/** The table of training. */
export function printTraining({ slices, batch, step_ms: { one, several }, memory_bytes }) {
  // within a pair, so that a slower machine does not count
  const ratios = one.map((time, pair) => time / several[pair]).sort((a, b) => a - b);
  const ends = [ratios[0], ratios.at(-1)].map((ratio) => ratio.toFixed(2)).join(" to ");
  const cells = (count, times) => {
    const rate = (batch * 1000) / median(times);
    return `| ${count} | ${median(times).toFixed(0)} ms | ${rate.toFixed(1)} |`;
  };
  console.log(`\n| slices | a step of ${batch} images | images per second | ratio to one slice |\n|---|---|---|---|`);
  console.log(`${cells(1, one)} 1 |`);
  console.log(`${cells(slices, several)} ${median(ratios).toFixed(2)} (${ends}) |`);
  const [loaded, trained] = [memory_bytes.loaded, memory_bytes.trained].map((bytes) => `${Math.round(bytes / 1e6)} MB`);
  console.log(`\nMemory of the engine: ${loaded} before, ${trained} after.`);
}
