// Checks of arguments.

import { MienError } from "./errors.js";

const isFunction = (value) => typeof value === "function";

/** Whether the platform has a class, of which this is a value. */
export const is = (value, name) => name in globalThis && value instanceof globalThis[name];

/** What an argument or option can be: a check, and the words for it. */
const KINDS = {
  actions: [(value) => isFunction(value.frame) && isFunction(value.reset), "an `Actions`, made of rules by `new Actions(rules)`"],
  boolean: [(value) => typeof value === "boolean", "true or false"],
  faces: [(value) => Array.isArray(value) && value.every((face) => face?.probabilities), "an array of faces"],
  function: [isFunction, "a function"],
  milliseconds: [(value) => typeof value === "number" && value >= 0 && value < Infinity, "a number of milliseconds from 0 on"],
  network: [() => true], // checked with its bytes
  signal: [(value) => is(value, "AbortSignal"), "an AbortSignal"],
  target: [(value) => isFunction(value.postMessage), "a window"],
  time: [(value) => typeof value === "number", "a number of milliseconds"],
};

const isLeftOut = (value) => value === undefined || value === null;

/**
 * Checks an argument that must not be left out.
 *
 * @throws {MienError} `argument-invalid`
 */
export function check(value, kind, name) {
  const [isValid, words] = KINDS[kind];
  if (isLeftOut(value) || !isValid(value)) throw new MienError("argument-invalid", `\`${name}\` must be ${words}.`);
}

/**
 * Checks options, each of which may be left out, as may all; returns them as an object.
 *
 * @throws {MienError} `argument-invalid`
 */
export function checkOptions(options, kinds) {
  if (isLeftOut(options)) return {};
  if (typeof options !== "object" || Array.isArray(options)) {
    throw new MienError("argument-invalid", `The options must be in an object, such as { ${Object.keys(kinds)[0]}: … }.`);
  }
  for (const [name, kind] of Object.entries(kinds)) {
    if (!isLeftOut(options[name])) check(options[name], kind, name);
  }
  return options;
}
