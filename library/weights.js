// The bytes of networks.

import { MienError } from "./errors.js";

// Written out, so that bundlers find the files.
const DETECTOR = () => new URL("./weights/blazeface.safetensors", import.meta.url);
const NETWORKS = {
  default: () => new URL("./weights/default.safetensors", import.meta.url),
  phone: () => new URL("./weights/phone.safetensors", import.meta.url),
};

export const aborted = (signal) => new MienError("aborted", "Loading was aborted.", { cause: signal.reason });

async function fetched(address, signal) {
  const missing = (reason, options) => new MienError("weights-missing", `${address} cannot be loaded (${reason}).`, options);
  try {
    const response = await fetch(new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href), { signal });
    if (!response.ok) throw missing(`status ${response.status}`);
    return await response.arrayBuffer();
  } catch (error) {
    if (error instanceof MienError) throw error;
    throw signal?.aborted ? aborted(signal) : missing(error.message, { cause: error });
  }
}

/** The weights of the detector. */
export const detector = (signal) => fetched(DETECTOR(), signal);

/** The weights of a classifier, as a copy, since they are transferred to the worker. */
export async function classifier(weights, signal) {
  try {
    if (weights instanceof ArrayBuffer) return weights.slice(0);
    // not shared, even if the view is
    if (ArrayBuffer.isView(weights)) return new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength).slice().buffer;
    if (weights instanceof Blob) return await weights.arrayBuffer();
  } catch (error) {
    throw new MienError("network-invalid", `The bytes of the network cannot be read (${error.message}).`, { cause: error });
  }
  if (typeof weights !== "string" && !(weights instanceof URL)) {
    throw new MienError("network-invalid", "A network is `default`, `phone`, an address, or the bytes of a weights file.");
  }
  return fetched(Object.hasOwn(NETWORKS, weights) ? NETWORKS[weights]() : weights, signal);
}
