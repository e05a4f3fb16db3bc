// Measures the built page and other runtimes with WebGPU in one Chromium, in turn within each round. Prints a table and writes a JSON file.
//
//   node run.mjs --site FOLDER --modules FOLDER --weights FILE --browser PROGRAM --json FILE [--rounds N] [--allow-software]
//     [--patience SECONDS]

import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { launch } from "../browser.mjs";
import { Failure, find, median, open, serve } from "../tab.mjs";

const PEERS = dirname(dirname(fileURLToPath(import.meta.url)));

const text = { type: "string" };
const { values: options } = parseArgs({
  options: {
    site: text,
    modules: text,
    weights: text,
    browser: text,
    json: text,
    rounds: { ...text, default: "5" },
    patience: { ...text, default: "600" },
    "allow-software": { type: "boolean", default: false },
  },
});

/** On Linux, Chromium uses a GPU for WebGPU through Vulkan; with these flags it does not fall back to a software emulation. */
const VULKAN = ["--use-angle=vulkan", "--enable-features=Vulkan", "--disable-vulkan-surface"];

const FLAGS = [
  "--enable-unsafe-webgpu",
  "--ignore-gpu-blocklist",
  ...(process.platform === "linux" && !options["allow-software"] ? VULKAN : []),
];

/** The file of a path on the other runtimes' page. */
function peerFile(path) {
  const [, first, rest] = /^\/([^/]*)\/?(.*)$/.exec(path);
  switch (first) {
    case "index.html": return join(PEERS, "gpu/index.html");
    case "node_modules": return join(options.modules, rest);
    case "weights.safetensors": return options.weights;
    default: return join(PEERS, path);
  }
}

/** Opens the built page anew and selects WebGPU. */
async function openSite(tab, address) {
  await tab.go("about:blank");
  await tab.go(address);
  await tab.until("the page", find("backend-choice"));
  await tab.until("the engine", find("backend", "[data-state=ready]"));
  await tab.evaluate(`(choice => {
    if (choice.selectedIndex === 1) return;
    choice.selectedIndex = 1;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  })(${find("backend-choice")})`);
  const ready = find("backend", "[data-state=ready][data-backend=webgpu]");
  await tab.until("WebGPU", `${ready} || ${find("backend", "[data-state=failed]")}`).catch(() => undefined);
  if (!(await tab.evaluate(`Boolean(${ready})`))) {
    throw new Failure(`the page does not use WebGPU: ${await tab.evaluate(`${find("backend")}.textContent`)}`);
  }
}

/** What the page itself measures: for each backend, times in milliseconds. */
async function measureSite(tab) {
  await tab.evaluate(`location.hash = "#benchmark"`);
  await tab.until("the benchmark", find("benchmark-start", ":not([disabled])"));
  await tab.evaluate(`${find("benchmark-start")}.click()`);
  const over = `${find("benchmark-json")} || ${find("benchmark-failed")}`;
  let failure;
  await tab.until("the page's measurement", over, Number(options.patience) * 1000).catch((error) => (failure = error));
  const results = await tab.evaluate(`[...document.querySelectorAll("[data-testid=benchmark-result]")].map(row => ({
    backend: row.dataset.backend,
    processor: row.querySelector("th").textContent.trim(),
    infer_1: Number(row.getAttribute("data-infer-1-ms")),
    infer_32: Number(row.getAttribute("data-infer-32-ms")),
    train_32: Number(row.getAttribute("data-train-32-ms")),
    detect: Number(row.getAttribute("data-detect-ms")),
  }))`);
  const reasons = await tab.evaluate(
    `[...document.querySelectorAll("[data-testid=benchmark-unmeasured], [data-testid=benchmark-failed]")].map(part => part.textContent.trim())`,
  );
  await tab.evaluate(`${find("benchmark-cancel")}?.click()`);
  failure ??= reasons.length ? new Failure(reasons.join("; ")) : undefined;
  return { results, failure };
}

/** Milliseconds from the click on the sample picture to its label. */
async function frameToLabel(tab) {
  await tab.evaluate(`location.hash = "#live"`);
  await tab.until("the sample picture", find("sample", ":not([disabled])"));
  return tab.evaluate(`new Promise(done => {
    const start = performance.now();
    new MutationObserver((_, observer) => {
      if (!${find("face", "[data-expression]")}) return;
      observer.disconnect();
      done(performance.now() - start);
    }).observe(document, { subtree: true, childList: true, attributes: true });
    ${find("sample")}.click();
  })`);
}

/** Throws unless there is an adapter that is to be measured. */
function check(adapter) {
  if (!adapter) {
    throw new Failure("there is no WebGPU adapter: on Linux, check with `vulkaninfo` that the GPU's Vulkan driver is installed");
  }
  const { vendor, architecture, device, description, software } = adapter;
  const name = [vendor, architecture, device, description].filter(Boolean).join(", ");
  if (software && !options["allow-software"]) {
    throw new Failure(
      `the only WebGPU adapter is a software emulation (${name}), whose times say nothing about a GPU: ` +
        "check that the GPU's driver is installed, or try the script with --allow-software",
    );
  }
  console.log(`adapter: ${name}${software ? " (a SOFTWARE EMULATION: these are not the times of a GPU)" : ""}`);
}

const HEADINGS = {
  infer_1: "1 image",
  infer_8: "8 images",
  infer_32: "32 images",
  train_32: "training step, 32 images",
  detect: "face detection",
  label: "sample to label",
};

/** The table; `rows` has for each runtime its times in milliseconds, one for each round. */
function print(rows, versions) {
  const own = rows["mien, WebGPU"] ?? {};
  console.log(`\n| | ${Object.values(HEADINGS).join(" | ")} |\n|---|${"---|".repeat(Object.keys(HEADINGS).length)}`);
  for (const [name, times] of Object.entries(rows)) {
    const cells = Object.keys(HEADINGS).map((work) => {
      const values = times[work];
      if (!values?.length) return "–";
      // within a round, so that a slower machine does not count
      const ratios = own[work]?.length === values.length ? values.map((value, round) => value / own[work][round]) : [];
      return `${median(values).toFixed(2)} ms${ratios.length ? ` (${median(ratios).toFixed(2)})` : ""}`;
    });
    const [program, processor] = name.split(", ");
    console.log(`| ${program} ${versions[program]}, ${processor} | ${cells.join(" | ")} |`);
  }
  console.log("\nMilliseconds a batch, step or picture: medians over the rounds; in brackets, the median of the ratios to mien with WebGPU.");
}

async function version(name) {
  return JSON.parse(await readFile(join(options.modules, name, "package.json"))).version;
}

async function measure(browser, site, peers) {
  const peerTab = await open(browser);
  await peerTab.go(peers.address);
  await peerTab.until("the runtimes' page", "globalThis.peers");
  const adapter = await peerTab.evaluate("peers.adapter()");
  check(adapter);
  const failures = [];
  /** The result of a measurement; a failure is reported at once, and the others continue. */
  const attempt = async (what, work) => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      console.log(`${what}: ${error.message}`);
      failures.push(`${what}: ${error.message}`);
      return undefined;
    }
  };
  // A software emulation is for trying the script: larger batches would take too long there.
  const works = adapter.software
    ? [["onnxruntime-web", 1], ["TensorFlow.js", 1]]
    : [...[1, 8, 32].flatMap((count) => [["onnxruntime-web", count], ["TensorFlow.js", count]]), ["TensorFlow.js, training", 32]];
  const difference = await attempt("the other runtimes", () => peerTab.evaluate("peers.load()"));
  let pending = difference === undefined ? [] : works;
  let ownPage = await open(browser);
  const rows = {};
  const add = (name, work, value) => ((rows[name] ??= {})[work] ??= []).push(value);

  const siteTurn = async () => {
    if (!ownPage) return;
    await ownPage.show();
    const opened = await attempt("mien", () => openSite(ownPage, site.address).then(() => true));
    if (opened) console.log("mien: the engine is ready with WebGPU");
    const complete = opened && (await attempt("mien, the page's measurement", async () => {
      const { results, failure } = await measureSite(ownPage);
      for (const { backend, processor, ...times } of results) {
        const name = `mien, ${backend === "webgpu" ? "WebGPU" : "CPU"}`;
        console.log(`${name} (${processor}): ${Object.entries(times).map(([work, time]) => `${HEADINGS[work]} ${time} ms`).join(", ")}`);
        for (const [work, time] of Object.entries(times)) add(name, work, time);
      }
      if (failure) throw failure;
      return true;
    }));
    const time = opened && (await attempt("mien, sample to label", () => frameToLabel(ownPage)));
    if (time !== undefined) {
      console.log(`mien, WebGPU: ${HEADINGS.label} ${time.toFixed(1)} ms`);
      add("mien, WebGPU", "label", time);
    }
    if (!complete || time === undefined) ownPage = undefined;
  };

  const peersTurn = async (round) => {
    await peerTab.show();
    for (let turn = 0; turn < pending.length; turn += 1) {
      const [work, count] = pending[(turn + round) % pending.length];
      const time = await attempt(`${work}, ${count}`, () => peerTab.evaluate(`peers.time(${JSON.stringify(work)}, ${count})`));
      if (time === undefined) {
        pending = []; // the page may still be computing
        return;
      }
      const [program, training] = work.split(", ");
      const [name, column] = [`${program}, WebGPU`, `${training ? "train" : "infer"}_${count}`];
      console.log(`${name}: ${HEADINGS[column]} ${time.toFixed(2)} ms`);
      add(name, column, time);
    }
  };

  for (let round = 0; round < Number(options.rounds); round += 1) {
    console.log(`\nround ${round + 1} of ${options.rounds}`);
    if (round % 2 === 0) await siteTurn();
    await peersTurn(round);
    if (round % 2 === 1) await siteTurn();
  }
  return { adapter, rows, failures };
}

const root = dirname(dirname(PEERS));
const versions = {
  mien: /^version = "(.*)"$/m.exec(await readFile(join(root, "Cargo.toml"), "utf8"))?.[1],
  "onnxruntime-web": await version("onnxruntime-web"),
  "TensorFlow.js": await version("@tensorflow/tfjs-backend-webgpu"),
};
const [site, peers] = [await serve((path) => join(options.site, path)), await serve(peerFile)];
const browser = await launch(options.browser, FLAGS);
try {
  versions.browser = (await browser.send("Browser.getVersion")).product;
  const { adapter, rows, failures } = await measure(browser, site, peers);
  print(rows, versions);
  console.log(versions.browser);
  const result = { date: new Date().toISOString(), versions, adapter, rounds: Number(options.rounds), milliseconds: rows, failures };
  await writeFile(options.json, `${JSON.stringify(result, undefined, 2)}\n`);
  console.log(`\nThese figures are in ${options.json}. The same natively, on the same machine:\n`);
  console.log("  cargo run --release --features vulkan --bin mien -- bench --backend vulkan --weights www/weights/default.safetensors");
  if (failures.length) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await browser.close();
  site.close();
  peers.close();
}
