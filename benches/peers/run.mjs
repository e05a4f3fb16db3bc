// Opens the comparison in a headless Chromium and prints its result as a table.
//
//   node run.mjs --modules FOLDER --plain FOLDER --relaxed FOLDER --weights FILE --browser PROGRAM [--rounds N]

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { TYPES } from "./types.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));

const text = { type: "string" };
const { values: options } = parseArgs({
  options: { modules: text, plain: text, relaxed: text, weights: text, browser: text, rounds: { ...text, default: "15" } },
});

/** The file of an address. */
function file(path) {
  const [, first, rest] = /^\/([^/]*)\/?(.*)$/.exec(normalize(path));
  switch (first) {
    case "": return join(HERE, "index.html");
    case "node_modules": return join(options.modules, rest);
    case "plain": return join(options.plain, rest);
    case "relaxed": return join(options.relaxed, rest);
    case "weights.safetensors": return options.weights;
    default: return join(HERE, first);
  }
}

function serve() {
  return new Promise((resolve) => {
    const server = createServer(async (request, response) => {
      const { pathname } = new URL(request.url, "http://localhost");
      if (request.method === "POST") {
        const parts = [];
        for await (const part of request) parts.push(part);
        response.end();
        server.close();
        return server.emit("result", JSON.parse(Buffer.concat(parts)));
      }
      if (pathname === "/settings.json") return response.end(JSON.stringify({ rounds: Number(options.rounds) }));
      try {
        const content = await readFile(file(pathname));
        response.writeHead(200, { "content-type": TYPES[extname(pathname) || ".html"] ?? "application/octet-stream" });
        response.end(content);
      } catch {
        response.writeHead(404).end();
      }
    });
    server.listen(0, "localhost", () => resolve(server));
  });
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function version(name) {
  return JSON.parse(await readFile(join(options.modules, name, "package.json"))).version;
}

async function print({ names, batches, browser, error }) {
  if (error) throw new Error(error);
  const versions = {
    "onnxruntime-web": await version("onnxruntime-web"),
    "TensorFlow.js": await version("@tensorflow/tfjs-backend-wasm"),
  };
  const title = (name) => (versions[name] ? `${name} ${versions[name]}` : name);
  console.log(`| batch | ${names.map(title).join(" | ")} |`);
  console.log(`|---|${names.map(() => "---").join("|")}|`);
  for (const { batch, measured } of batches) {
    const cells = measured.map((values) => {
      // within a round, so that a slower machine does not count
      const ratio = median(values.map((value, round) => value / measured[0][round]));
      return `${median(values).toFixed(2)} ms (${ratio.toFixed(2)})`;
    });
    console.log(`| ${batch} | ${cells.join(" | ")} |`);
  }
  console.log(`\nMilliseconds an image: medians of ${options.rounds} rounds; in brackets, the median of the ratios to the first.`);
  console.log(browser);
}

const server = await serve();
const profile = await mkdtemp(join(tmpdir(), "peers-"));
const address = `http://localhost:${server.address().port}/`;
const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", `--user-data-dir=${profile}`];
const browser = spawn(options.browser, [...flags, address], { stdio: "ignore" });
const ended = new Promise((resolve) => browser.once("exit", resolve));
try {
  const result = new Promise((resolve) => server.once("result", resolve));
  const early = ended.then(() => ({ error: "the browser ended" }));
  await print(await Promise.race([result, early]));
} finally {
  browser.kill();
  await ended;
  server.close();
  server.closeAllConnections();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
}
