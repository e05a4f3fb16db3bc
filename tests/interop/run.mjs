// Like run.py, in onnxruntime-web (WebAssembly) under Node: `node run.mjs MODEL INPUT OUTPUT`. Needs `npm install onnxruntime-web@1.30.0`.
import { readFileSync, writeFileSync } from "node:fs";
import * as ort from "onnxruntime-web";

const BATCH = 64, PIXELS = 48 * 48;
const [model, source, target] = process.argv.slice(2);
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(model)), { executionProviders: ["wasm"] });
const bytes = readFileSync(source), isBytes = source.endsWith(".u8");
const images = isBytes ? new Uint8Array(bytes) : new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const results = [];
for (let first = 0; first < images.length; first += BATCH * PIXELS) {
  const batch = images.slice(first, first + BATCH * PIXELS), count = batch.length / PIXELS;
  const input = isBytes ? new ort.Tensor("uint8", batch, [count, 48, 48, 1]) : new ort.Tensor("float32", batch, [count, 1, 48, 48]);
  const output = (await session.run({ [session.inputNames[0]]: input }))[session.outputNames[0]];
  results.push(Buffer.from(output.data.buffer, output.data.byteOffset, output.data.byteLength));
}
writeFileSync(target, Buffer.concat(results));
console.log(ort.env.versions.web);
