// Measures the first visit over a slow link, until the first label of the sample picture, beside other libraries. Prints a table, and
// the requests of the first of them.
//
//   node run.mjs --site FOLDER --package FOLDER --modules FOLDER --cache FOLDER --browser PROGRAM [--rounds N]

import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

import { launch } from "../browser.mjs";
import { serve } from "./link.mjs";
import { TYPES } from "../types.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const LINK = { bandwidth: 10_000 / 8, latency: 40 }; // 10 Mbit/s, 40 ms
const PATIENCE = 60_000; // milliseconds
const SMALL = 4_000_000; // bytes below which the best compression does not take too long

const text = { type: "string" };
const { values: options } = parseArgs({
  options: { site: text, package: text, modules: text, cache: text, browser: text, rounds: { ...text, default: "5" } },
});

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** A file compressed by brotli, from the cache if it is there. */
async function compressed(content, hash) {
  const cached = join(options.cache, hash);
  const kept = await readFile(cached).catch(() => undefined);
  if (kept) return kept;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: content.length < SMALL ? 11 : 9,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  const result = await promisify(brotliCompress)(content, { params });
  await writeFile(cached, result);
  return result;
}

/** What a static host sends for a file. */
async function response(file, headers = {}) {
  const content = await readFile(file);
  const type = extname(file);
  const hash = createHash("sha256").update(content).digest("hex");
  const packed = [".jpg", ".png"].includes(type) ? undefined : await compressed(content, hash);
  return {
    headers: {
      "content-type": TYPES[type] ?? "application/octet-stream",
      ...(packed && { "content-encoding": "br" }),
      "content-length": (packed ?? content).length,
      etag: `"${hash}"`,
      ...headers,
    },
    content: packed ?? content,
  };
}

/** The headers that the site's file `_headers` gives to a path. */
function rules(lines) {
  const byPath = {};
  let path;
  for (const line of lines.split("\n").filter(Boolean)) {
    const [, name, value] = /^\s+([^:]+): (.*)$/.exec(line) ?? [];
    if (name) byPath[path][name.toLowerCase()] = value;
    else byPath[(path = line)] = {};
  }
  return (path) => ({ ...byPath["/*"], ...byPath[path] });
}

/** All files of a folder, with the headers of each path. */
async function filesOf(folder, headers = () => ({})) {
  const files = new Map();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === "_headers") continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const path = `/${relative(folder, file)}`;
    files.set(path, await response(file, headers(path)));
  }
  return files;
}

/** All files of the built site. */
async function ownFiles() {
  const headers = rules(await readFile(join(options.site, "_headers"), "utf8"));
  const files = await filesOf(options.site, headers);
  return files.set("/", files.get("/index.html"));
}

/** The npm package, and a page that uses it. */
async function packageFiles() {
  const files = await filesOf(options.package);
  files.set("/", await response(join(HERE, "library.html")));
  return files.set("/sample.jpg", await response(join(options.site, "sample.jpg")));
}

/** A peer's page and the files that it needs, which all have different names. */
async function peerFiles(page, modules) {
  const files = new Map([
    ["/", await response(join(HERE, page))],
    ["/sample.jpg", await response(join(options.site, "sample.jpg"))],
  ]);
  for (const module of modules) {
    files.set(`/${module.split("/").pop()}`, await response(join(options.modules, module)));
  }
  return files;
}

const WASM = "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm";
const HUMAN = ["dist/human.js", "models/blazeface.json", "models/blazeface.bin", "models/emotion.json", "models/emotion.bin"];
const FACE_API = [
  "dist/face-api.esm.js",
  "model/tiny_face_detector_model-weights_manifest.json",
  "model/tiny_face_detector_model.bin",
  "model/face_expression_model-weights_manifest.json",
  "model/face_expression_model.bin",
];

async function peer(name, page, files) {
  const { version } = JSON.parse(await readFile(join(options.modules, name, "package.json")));
  return { name: `${name} ${version}`, files: await peerFiles(page, [WASM, ...files.map((file) => `${name}/${file}`)]) };
}

async function contestants() {
  const library = await packageFiles();
  return [
    { name: "mien", files: await ownFiles() },
    { name: "mien as a library, network `phone`", files: library, query: "?phone" },
    { name: "mien as a library, network `default`", files: library, query: "?default" },
    await peer("@vladmandic/human", "human.html", HUMAN),
    await peer("@vladmandic/face-api", "face-api.html", FACE_API),
  ];
}

/** Runs in every page: chooses the sample where there is a choice, and reports when the first label is there; of ours in the first paint
 *  or in the page, whichever has it first. */
function watch() {
  let chosen = false;
  new MutationObserver((_, observer) => {
    const sample = chosen ? undefined : document.querySelector("[data-testid=first-sample], [data-testid=sample]");
    if (sample) {
      chosen = true;
      sample.click();
    }
    const face = document.querySelector("[data-testid=first-face], [data-testid=face][data-expression]");
    if (face) {
      observer.disconnect();
      labelled(JSON.stringify({ start: performance.timeOrigin, time: performance.now(), label: face.dataset.expression }));
    }
  }).observe(document, { subtree: true, childList: true, attributes: true });
}

/** Visits a site with an empty profile. */
async function visit(browser, { name, files, query = "" }) {
  const server = await serve(files, LINK);
  const { browserContextId } = await browser.send("Target.createBrowserContext");
  try {
    const { targetId } = await browser.send("Target.createTarget", { url: "about:blank", browserContextId });
    const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
    const result = new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error(`${name}: no label after ${PATIENCE} ms`)), PATIENCE).unref();
      browser.on(sessionId, (method, params) => {
        if (method === "Runtime.bindingCalled") resolve(JSON.parse(params.payload));
        if (method === "Runtime.exceptionThrown") {
          const { exception, text } = params.exceptionDetails;
          reject(new Error(`${name}: ${exception?.description ?? text}`));
        }
      });
    });
    const open = async () => {
      const page = (method, params) => browser.send(method, params, sessionId);
      await page("Page.enable");
      await page("Runtime.enable");
      await page("Runtime.addBinding", { name: "labelled" });
      await page("Page.addScriptToEvaluateOnNewDocument", { source: `(${watch})()` });
      await page("Page.navigate", { url: server.address + query }); // which would overtake the others
    };
    const [{ start, time, label }] = await Promise.all([result, open()]);
    const end = start + time;
    const requests = server.requests
      .filter((request) => request.start <= end)
      .map(({ path, start: from, end: to, parts }) => ({
        path,
        from: from - start,
        to: to === undefined || to > end ? undefined : to - start,
        bytes: parts.filter(([sent]) => sent <= end).reduce((sum, [, length]) => sum + length, 0),
      }));
    return { time, label, requests, bytes: requests.reduce((sum, request) => sum + request.bytes, 0) };
  } finally {
    server.close();
    await browser.send("Target.disposeBrowserContext", { browserContextId });
  }
}

/** Prints the requests of the visit whose time is the median. */
function printRequests({ name, visits }) {
  const time = median(visits.map((visit) => visit.time));
  console.log(`\n${name}, first label at ${time.toFixed(0)} ms:\n\n| request | start, ms | end, ms | bytes |\n|---|---|---|---|`);
  for (const { path, from, to, bytes } of visits.find((visit) => visit.time === time).requests) {
    console.log(`| \`${path}\` | ${from.toFixed(0)} | ${to?.toFixed(0) ?? "later"} | ${bytes} |`);
  }
}

function print(measured) {
  console.log("| | first label | ratio to the first | transferred until then | label |\n|---|---|---|---|---|");
  for (const { name, visits } of measured) {
    const [time, bytes] = [median(visits.map((visit) => visit.time)), median(visits.map((visit) => visit.bytes))];
    // within a round, so that a slower machine does not count
    const ratio = median(visits.map((visit, round) => visit.time / measured[0].visits[round].time));
    const cells = [name, `${(time / 1000).toFixed(2)} s`, ratio.toFixed(2), `${(bytes / 1e6).toFixed(2)} MB`, visits[0].label];
    console.log(`| ${cells.join(" | ")} |`);
  }
  console.log(`\nMedians of ${options.rounds} visits each; the ratio is the median of the ratios within a round.`);
}

await mkdir(options.cache, { recursive: true });
const measured = (await contestants()).map((contestant) => ({ ...contestant, visits: [] }));
const browser = await launch(options.browser, ["--disable-gpu"]);
try {
  const { product } = await browser.send("Browser.getVersion");
  for (const contestant of measured) await visit(browser, contestant); // so that the programs are in memory
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const contestant of measured) contestant.visits.push(await visit(browser, contestant));
  }
  print(measured);
  console.log(product);
  printRequests(measured[0]);
} finally {
  await browser.close();
}
