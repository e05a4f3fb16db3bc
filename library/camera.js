// The element <mien-camera>: a camera with the faces that it sees. camera.d.ts describes its attributes, events and methods.

import { checkOptions } from "./arguments.js";
import { MienError, load } from "./mien.js";

const STYLE = `
  :host { display: inline-block; position: relative; min-inline-size: 12em; min-block-size: 4em; max-inline-size: 100%; }
  :host([hidden]) { display: none; }
  video { display: block; inline-size: 100%; }
  .mirrored { transform: scaleX(-1); }
  svg { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; pointer-events: none; }
  rect { fill: none; stroke: #ffd166; stroke-width: 2; vector-effect: non-scaling-stroke; }
  text { fill: #ffd166; stroke: #000; stroke-width: 0.2em; paint-order: stroke; font-family: system-ui, sans-serif; }
  button { position: absolute; inset-block-end: 0.5em; inset-inline-start: 0.5em; font: inherit; padding: 0.4em 0.8em; }
  p { margin: 0; padding-block-end: 3.5em; }
  p:empty { display: none; }
`;

/** What the browser's errors mean when it opens no camera. */
const CAMERA_ERRORS = {
  NotAllowedError: ["camera-denied", "The camera may not be used: allow it in the browser's settings for this page."],
  SecurityError: ["camera-denied", "The camera may not be used: allow it in the browser's settings for this page."],
  NotFoundError: ["camera-missing", "There is no camera."],
  OverconstrainedError: ["camera-missing", "There is no such camera."],
  NotReadableError: ["camera-busy", "The camera does not start: another program may be using it."],
};

async function openCamera(facing) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new MienError("camera-unsupported", "The browser gives this page no camera: it needs HTTPS, or localhost.");
  }
  try {
    const video = { facingMode: facing, width: { ideal: 640 }, height: { ideal: 480 } };
    return await navigator.mediaDevices.getUserMedia({ video });
  } catch (error) {
    const [id, message] = CAMERA_ERRORS[error.name] ?? ["camera-busy", `The camera does not start (${error.message}).`];
    throw new MienError(id, message, { cause: error });
  }
}

function svg(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export class MienCamera extends HTMLElement {
  static observedAttributes = ["network", "start-label", "stop-label"];

  /** Texts by class, and for faces without a clear one. */
  labels = { unclear: "unclear" };

  #actions = null;
  #video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
  #overlay = svg("svg", { role: "img" });
  #button = Object.assign(document.createElement("button"), { type: "button" });
  #message = document.createElement("p");
  #faces = [];
  /** Counts starts and stops: what belongs to an earlier one is dropped. */
  #run = 0;
  #starting;
  #stream;
  #loading;
  #tracking;

  constructor() {
    super();
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    root.append(this.#video, this.#overlay, this.#message, this.#button);
    this.#video.part = "video";
    this.#button.part = "button";
    this.#message.part = "message";
    this.#message.setAttribute("role", "alert");
    // an error is also an event
    this.#button.addEventListener("click", () => (this.state === "off" ? this.start().catch(() => {}) : this.stop()));
  }

  /** Rules that fire when a look is held. */
  get actions() {
    return this.#actions;
  }

  set actions(actions) {
    checkOptions({ actions }, { actions: "actions" });
    this.#actions = actions ?? null;
  }

  get state() {
    return this.getAttribute("state") ?? "off";
  }

  get faces() {
    return this.#faces;
  }

  get video() {
    return this.#video;
  }

  connectedCallback() {
    this.#clear();
    this.#show("off");
  }

  disconnectedCallback() {
    this.stop();
    this.#dispose();
  }

  attributeChangedCallback(name, before, value) {
    if (name !== "network") this.#show(this.state);
    else if (this.#loading && before !== value) {
      this.#loading.then((mien) => mien.useNetwork(value ?? "default")).catch((error) => this.#report(error));
    }
  }

  start() {
    if (!this.isConnected) return Promise.reject(new MienError("camera-unsupported", "The element is not in a page."));
    if (this.#stream) return this.#starting ?? Promise.resolve();
    const starting = (this.#starting ??= this.#start(++this.#run).finally(() => {
      if (this.#starting === starting) this.#starting = undefined;
    }));
    return starting;
  }

  stop() {
    this.#run++;
    this.#starting = undefined;
    this.#tracking?.stop();
    this.#tracking = undefined;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    this.#video.srcObject = null;
    this.#faces = [];
    this.#clear();
    this.#show("off");
  }

  async #start(run) {
    const isOld = () => run !== this.#run;
    this.#message.textContent = "";
    this.#show("starting");
    try {
      const facing = this.getAttribute("facing") ?? "user";
      const loading = this.#instance();
      loading.catch(() => {}); // thrown below
      const stream = await openCamera(facing);
      if (isOld()) return stream.getTracks().forEach((track) => track.stop());
      this.#stream = stream;
      stream.getVideoTracks()[0].onended = () => {
        if (!isOld()) this.#fail(new MienError("camera-lost", "The camera was disconnected, or its permission was withdrawn."));
      };
      this.#video.srcObject = stream;
      this.#video.classList.toggle("mirrored", facing === "user");
      await this.#video.play();
      const mien = await loading;
      if (isOld()) return;
      this.actions?.reset();
      this.#tracking = mien.track(this.#video, (faces, frame) => this.#found(faces, frame), { onError: (error) => this.#fail(error) });
      this.#show("on");
    } catch (error) {
      if (isOld()) return; // `play` is interrupted by a stop
      const typed = error instanceof MienError ? error : new MienError("camera-busy", `The camera does not start (${error.message}).`, { cause: error });
      this.#fail(typed);
      throw typed;
    }
  }

  /** The instance, which is loaded at the first start. */
  #instance() {
    if (!this.#loading) {
      const loading = load({ network: this.getAttribute("network") ?? "default" });
      this.#loading = loading;
      loading.catch(() => {
        if (this.#loading === loading) this.#loading = undefined;
      });
    }
    return this.#loading;
  }

  #dispose() {
    this.#loading?.then((mien) => mien.dispose(), () => {});
    this.#loading = undefined;
  }

  #found(faces, { time, width, height }) {
    this.#faces = faces;
    this.actions?.frame(faces, { time });
    if (faces.length === 0 || this.getAttribute("overlay") === "off") this.#clear();
    else this.#draw(faces, width, height);
    this.dispatchEvent(new CustomEvent("faces", { detail: { faces, time, width, height } }));
  }

  #clear() {
    this.#overlay.replaceChildren();
    this.#overlay.removeAttribute("aria-label");
    this.#overlay.setAttribute("aria-hidden", "true");
  }

  #draw(faces, width, height) {
    const mirrored = this.#video.classList.contains("mirrored");
    const text = ({ clear, label }) => (clear ? (this.labels?.[label] ?? label) : (this.labels?.unclear ?? ""));
    this.#overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#overlay.setAttribute("aria-label", faces.map(text).join(", "));
    this.#overlay.removeAttribute("aria-hidden");
    this.#overlay.replaceChildren(
      ...faces.flatMap((face) => {
        const box = { ...face.box, x: mirrored ? width - face.box.x - face.box.width : face.box.x };
        const label = svg("text", { x: box.x, y: box.y - box.height / 20, "font-size": box.height / 6 });
        label.textContent = text(face);
        return [svg("rect", box), label];
      }),
    );
  }

  #fail(error) {
    this.stop();
    if (error.id === "worker-failed") this.#dispose(); // the next start loads it again
    this.#report(error);
  }

  #report(error) {
    if (error.id === "disposed") return;
    this.#message.textContent = error.message;
    this.dispatchEvent(new CustomEvent("error", { detail: error }));
  }

  #show(state) {
    if (this.getAttribute("state") !== state) this.setAttribute("state", state);
    const [attribute, text] = state === "off" ? ["start-label", "Start camera"] : ["stop-label", "Stop camera"];
    this.#button.textContent = this.getAttribute(attribute) ?? text;
  }
}

if (!customElements.get("mien-camera")) customElements.define("mien-camera", MienCamera);
