import { MienError, load } from "./node_modules/mien/mien.js";
import "./node_modules/mien/camera.js";

const [input, network, status] = ["picture-input", "network", "status"].map((id) => document.querySelector(`[data-testid=${id}]`));
const image = document.querySelector("img");
const table = document.querySelector("table");

/** Does something that may take a moment, and says what goes wrong. */
async function busy(message, work) {
  status.textContent = message;
  try {
    status.textContent = (await work()) ?? "";
  } catch (error) {
    if (!(error instanceof MienError)) throw error;
    status.textContent = error.message;
  }
}

function row(face) {
  const cells = [face.id, face.clear ? face.label : `perhaps ${face.label}`, face.probabilities[face.label].toFixed(2), Math.round(face.box.width)];
  const element = document.createElement("tr");
  element.dataset.testid = "face";
  element.dataset.expression = face.label;
  element.append(...cells.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
  return element;
}

async function show() {
  if (image.hidden || !mien) return;
  const faces = await mien.recognize(image);
  table.tBodies[0].replaceChildren(...faces.map(row));
  table.hidden = faces.length === 0;
  return faces.length === 1 ? "1 face" : `${faces.length} faces`;
}

let mien;
await busy("Loading …", async () => {
  mien = await load({ network: network.value });
  return "Choose a picture.";
});

input.addEventListener("change", () =>
  busy("Recognizing …", () => {
    const [file] = input.files;
    if (!file) return;
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(file);
    image.hidden = false;
    table.hidden = true;
    return show();
  }),
);

network.addEventListener("change", () =>
  busy("Loading …", async () => {
    if (mien) await mien.useNetwork(network.value);
    else mien = await load({ network: network.value }); // it failed before
    return show();
  }),
);

const camera = document.querySelector("mien-camera");
const seen = document.querySelector("[data-testid=camera-faces]");
camera.addEventListener("faces", ({ detail: { faces } }) => {
  seen.textContent = faces.map((face) => `${face.id}: ${face.clear ? face.label : "unclear"}`).join(", ");
});
camera.addEventListener("error", () => (seen.textContent = "")); // the element shows the message
