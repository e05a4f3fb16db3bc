// Like run.mjs, in onnxruntime-web in a headless Chromium: `node chromium.mjs MODULES PROVIDER MODEL INPUT OUTPUT`. MODULES is a folder
// node_modules with onnxruntime-web; PROVIDER is wasm or webgpu. The browser is `chromium` or what CHROME names.
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

import { launch } from "../../benches/peers/browser.mjs";
import { TYPES } from "../../benches/peers/types.mjs";

const [modules, provider, model, source, target] = process.argv.slice(2);
const isBytes = source.endsWith(".u8");

/** Runs in the page. */
async function compute(provider, isBytes) {
  const ort = await import(`/onnxruntime-web/dist/ort.${provider}.min.mjs`);
  ort.env.wasm.numThreads = 1;
  const read = async (path) => (await fetch(path)).arrayBuffer();
  const session = await ort.InferenceSession.create(await read("/model"), { executionProviders: [provider] });
  const bytes = await read("/images");
  const images = isBytes ? new Uint8Array(bytes) : new Float32Array(bytes);
  const [BATCH, PIXELS] = [64, 48 * 48];
  const results = [];
  for (let first = 0; first < images.length; first += BATCH * PIXELS) {
    const batch = images.slice(first, first + BATCH * PIXELS);
    const count = batch.length / PIXELS;
    const input = isBytes ? new ort.Tensor("uint8", batch, [count, 48, 48, 1]) : new ort.Tensor("float32", batch, [count, 1, 48, 48]);
    const output = (await session.run({ [session.inputNames[0]]: input }))[session.outputNames[0]];
    results.push(...(await output.getData()));
  }
  const adapter = provider === "webgpu" ? (await navigator.gpu.requestAdapter()).info : {};
  return { version: ort.env.versions.web, adapter: `${adapter.vendor ?? ""} ${adapter.architecture ?? ""}`.trim(), results };
}

const files = { "/model": model, "/images": source };
const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  if (pathname === "/") return response.writeHead(200, { "content-type": TYPES[".html"] }).end("<!doctype html>");
  try {
    const content = await readFile(files[pathname] ?? join(modules, pathname));
    response.writeHead(200, { "content-type": TYPES[extname(pathname)] ?? "application/octet-stream" }).end(content);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const browser = await launch(process.env.CHROME ?? "chromium", ["--enable-unsafe-webgpu"]);
try {
  const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
  const loaded = new Promise((resolve) => browser.on(sessionId, (method) => method === "Page.loadEventFired" && resolve()));
  await browser.send("Page.enable", {}, sessionId);
  await browser.send("Page.navigate", { url: `http://127.0.0.1:${server.address().port}/` }, sessionId);
  await loaded;
  const expression = `(${compute})(${JSON.stringify(provider)}, ${isBytes})`;
  const { result, exceptionDetails } = await browser.send(
    "Runtime.evaluate",
    { expression, awaitPromise: true, returnByValue: true },
    sessionId,
  );
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  await writeFile(target, Buffer.from(Float32Array.from(result.value.results).buffer));
  console.log([result.value.version, result.value.adapter].filter(Boolean).join(", "));
} finally {
  await browser.close();
  server.close();
}
