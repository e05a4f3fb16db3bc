// Rules of the form "when this look is held, do that". The types in actions.d.ts describe what is exported.

import { check, checkOptions } from "./arguments.js";
import { MienError } from "./errors.js";
import { EXPRESSIONS } from "./faces.js";

/** After it fired, a rule is armed again for a face once the probability is lower than the rule's by this much. */
const REARM = 0.1;
/** Milliseconds for which a face may be missing before it counts as gone, and between two frames before a hold begins anew. */
const GAP = 1500;

const isNumber = (value) => typeof value === "number";

function checked(rule) {
  const refuse = (what) => {
    throw new MienError("rule-invalid", `A rule needs ${what}.`);
  };
  if (typeof rule !== "object" || rule === null) refuse("to be an object");
  const { expression, seconds = 1, probability = 0.6 } = rule;
  if (!EXPRESSIONS.includes(expression)) refuse(`an expression of ${EXPRESSIONS.join(", ")}`);
  if (!(isNumber(seconds) && seconds >= 0 && seconds < Infinity)) refuse("a number of seconds from 0 on");
  if (!(isNumber(probability) && probability > 0 && probability <= 1)) refuse("a probability above 0 and up to 1");
  return Object.freeze({ expression, seconds, probability });
}

/** How far a face is with a rule: `armed`, `since` a time in milliseconds, or `fired`. */
const armed = () => ({ state: "armed" });

export class Actions extends EventTarget {
  /** Whether rules fire. */
  #on = true;
  #rules = [];
  /** For each rule, what is known of each face: its hold, and the time of the last frame with it. */
  #watches = [];
  #newest = -Infinity;
  #embedder;

  constructor(rules = []) {
    super();
    this.rules = rules;
  }

  get rules() {
    return this.#rules;
  }

  set rules(rules) {
    if (typeof rules?.[Symbol.iterator] !== "function") throw new MienError("rule-invalid", "The rules must be in an array.");
    this.#rules = Object.freeze(Array.from(rules, checked));
    this.reset();
  }

  get on() {
    return this.#on;
  }

  set on(on) {
    this.#on = Boolean(on);
    this.reset();
  }

  reset() {
    this.#watches = this.#rules.map(() => new Map());
    this.#newest = -Infinity;
  }

  sendTo(target, origin) {
    if (!target) return void (this.#embedder = undefined);
    check(target, "target", "target");
    let to;
    try {
      to = new URL(origin).origin;
    } catch {
      to = "null";
    }
    if (to === "null") throw new MienError("rule-invalid", "Messages need the origin of the page that gets them, such as https://example.org.");
    this.#embedder = [target, to];
  }

  frame(faces, frame) {
    check(faces, "faces", "faces");
    const { time } = checkOptions(frame, {});
    check(time, "time", "time");
    if (!this.#on) return [];
    if (time < this.#newest) this.reset();
    this.#newest = time;
    const fired = [];
    for (const [index, rule] of this.#rules.entries()) {
      const watches = this.#watches[index];
      for (const [id, { last }] of watches) if (time - last > GAP) watches.delete(id);
      for (const face of faces) {
        if (this.#fires(rule, watches, face, time)) fired.push({ rule, index, face, time });
      }
      // a frame without the face ends a hold
      for (const watch of watches.values()) if (watch.last < time && watch.hold.state !== "fired") watch.hold = armed();
    }
    for (const detail of fired) {
      this.dispatchEvent(new CustomEvent("held", { detail }));
      const [target, origin] = this.#embedder ?? [];
      target?.postMessage({ type: "mien-action", rule: detail.index + 1, class: detail.rule.expression }, origin);
    }
    return fired;
  }

  #fires({ expression, seconds, probability: wanted }, watches, face, time) {
    const watch = watches.get(face.id) ?? { hold: armed() };
    watches.set(face.id, watch);
    watch.last = time;
    // the probabilities are 32-bit floats
    const [probability, limit, left] = [face.probabilities[expression], Math.fround(wanted), Math.fround(wanted - REARM)];
    if (watch.hold.state === "fired" && probability >= left) return false;
    if (probability < limit) watch.hold = armed();
    else if (watch.hold.state !== "since") watch.hold = { state: "since", time };
    if (watch.hold.state !== "since" || time - watch.hold.time < seconds * 1000) return false;
    watch.hold = { state: "fired" };
    return true;
  }
}
