import type { Expression, Face, FrameInfo } from "./mien.js";

/** When something is to happen: when a look is held for so long above so much. What counts is how the network sees a look. */
export interface Rule {
  /** The look. */
  readonly expression: Expression;
  /** Seconds for which it must be held, from 0 on; 1 if left out. */
  readonly seconds?: number;
  /** The probability that it must have, above 0 and up to 1; 0.6 if left out. It is the smoothed one of a tracked face. */
  readonly probability?: number;
}

/** That a rule fired. */
export interface Held {
  /** The rule, with nothing left out. */
  readonly rule: Required<Rule>;
  /** Its place in `rules`, from 0. */
  readonly index: number;
  /** The face, as it is in the frame in which the rule fired. */
  readonly face: Face;
  /** The time of that frame in milliseconds, as in `FrameInfo`. */
  readonly time: number;
}

/** What a page that embeds this one receives as `data` of the event `message`. */
export interface HeldMessage {
  readonly type: "mien-action";
  /** The rule's place in `rules`, from 1. */
  readonly rule: number;
  readonly class: Expression;
}

/** The events of `Actions`. */
export interface ActionsEventMap {
  /** A rule fired. */
  held: CustomEvent<Held>;
}

/**
 * Rules that fire when a look is held. Pass it to `track` as an option, set it as `actions` of `<mien-camera>`, or call `frame` yourself.
 *
 * A hold begins with the first frame in which a face has the rule's probability, and ends with the first in which it has less, or in which the
 * face is not found. The rule fires once the hold is as long as the rule asks for, by the times of the frames, and once a hold. It can fire again
 * after the probability was more than 0.1 below the rule's. A face that is missing for more than 1.5 seconds counts as another one, and so do all
 * faces after a gap of that length between two frames. Each face has a hold of its own for each rule.
 */
export class Actions extends EventTarget {
  /** @throws {MienError} `rule-invalid` */
  constructor(rules?: Iterable<Rule>);

  /** The rules, with nothing left out. Other rules can be set; all holds begin anew then. */
  get rules(): readonly Required<Rule>[];
  set rules(rules: Iterable<Rule>);

  /** Whether rules fire, which they do unless this is set to `false`. All holds begin anew when it is set. */
  on: boolean;

  /**
   * Adds the tracked faces of a frame; returns which rules fired: in their order, those of each for one face after the other. The event `held` is
   * dispatched for each.
   *
   * @throws {MienError} `argument-invalid`
   */
  frame(faces: readonly Face[], frame: Pick<FrameInfo, "time">): Held[];

  /** All holds begin anew: for another video. `track` and `<mien-camera>` do it at their start. */
  reset(): void;

  /**
   * Sends a `HeldMessage` to a window, such as `parent`, whenever a rule fires; with `null`, to none any more. The browser delivers it only to a page
   * of this origin (scheme, host and port); `*` is refused.
   *
   * @throws {MienError} `rule-invalid`, or `argument-invalid` if the target is no window
   */
  sendTo(target: null): void;
  sendTo(target: Window | MessageEventSource, origin: string): void;

  addEventListener<K extends keyof ActionsEventMap>(
    type: K,
    listener: (this: Actions, event: ActionsEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
}
