// The first paint in the visitor's language, with the sample, which the quick-start engine recognizes before the page's program is
// there. It is shown as the page shows it, which then opens it itself (crates/page/src/root.rs). The build writes the texts.
{
  const WORDS = "@WORDS@"; // texts of the page, by language and key
  const CLASSES = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];
  const NUMBERS = 41; // of a face, in the order of crates/quick-start/src/recognition.rs
  const CROP = 48; // pixels of a side of a crop
  const PATIENCE = 1000; // milliseconds for which the page's program waits for a label, once the sample was chosen
  const words = WORDS[document.documentElement.lang];
  const engine = self.mienQuickStart;
  const paint = document.getElementById("first-paint");
  const parts = [".stage", ".welcome", ".toolbar", ".readings"];
  const [stage, welcome, toolbar, readings] = parts.map(part => paint.querySelector(part));

  const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const percent = share => say("percent", { number: Math.round(share * 100) });
  const add = (parent, element, attributes = {}, text = "") => {
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    if (text !== "") {
      element.append(text);
    }
    parent.append(element);
    return element;
  };
  const html = (parent, name, attributes, text) => add(parent, document.createElement(name), attributes, text);
  const svg = (parent, name, attributes, text) =>
    add(parent, document.createElementNS("http://www.w3.org/2000/svg", name), attributes, text);

  const facesOf = (numbers, crops, { width, height }) =>
    Array.from({ length: numbers.length / NUMBERS }, (_, index) => {
      const face = numbers.subarray(index * NUMBERS, (index + 1) * NUMBERS);
      const [id, x, y, ...size] = face;
      const probabilities = [...face.subarray(26, 33)];
      const ranked = CLASSES.map((name, place) => [name, probabilities[place]]).sort((a, b) => b[1] - a[1]);
      const box = [x / width, y / height, size[0] / width, size[1] / height];
      return { id, box, probabilities, ranked, clear: face[40] === 1, crop: crops.subarray(index * CROP * CROP, (index + 1) * CROP * CROP) };
    });

  // As crates/page/src/components/overlay.rs.
  const mark = (overlay, { id, box, ranked, clear }) => {
    const group = svg(overlay, "g", { class: `box who-${((id - 1) % 6) + 1}${clear ? "" : " unsure"}` });
    const [x, y, width, height] = box.map(share => `${(share * 100).toFixed(2)}%`);
    for (const line of ["box-halo", "box-line"]) {
      svg(group, "rect", { class: line, x, y, width, height, rx: 6 });
    }
    const text = `${id} ${say(clear ? `expression_${ranked[0][0]}` : "not_sure")}`;
    const length = text.length * 0.54;
    const label = svg(svg(group, "svg", { class: "label", x, y }), "svg", { class: "label", y: box[1] < 0.08 ? "0" : "-1.65rem" });
    svg(label, "rect", { class: "label-back", width: `${length + 1}rem`, height: "1.5rem", rx: 5 });
    svg(label, "text", { x: "0.5rem", y: "1.07rem", textLength: `${length}rem` }, text);
  };

  // As crates/page/src/components/faces.rs.
  const card = (parent, { id, probabilities, ranked: [top, second], clear, crop }) => {
    const face = html(parent, "article", {
      class: `face who-${((id - 1) % 6) + 1}`,
      "aria-label": say("face", { number: id }),
      "data-testid": "first-face",
      "data-expression": top[0],
      "data-probability": top[1].toFixed(4),
    });
    const head = html(face, "div", { class: "face-head" });
    const figure = html(head, "figure", { class: "crop" });
    const canvas = html(figure, "canvas", { width: CROP, height: CROP, role: "img", "aria-label": say("crop", { number: id }) });
    const pixels = Uint8ClampedArray.from({ length: 4 * CROP * CROP }, (_, at) => (at % 4 < 3 ? crop[at >> 2] : 255));
    canvas.getContext("2d").putImageData(new ImageData(pixels, CROP), 0, 0);
    html(figure, "figcaption", {}, say("network_sees"));
    const verdict = html(head, "div", { class: "face-verdict" });
    html(verdict, "span", { class: "face-number" }, id);
    html(verdict, "h3", clear ? {} : { class: "not-sure" }, say(clear ? `expression_${top[0]}` : "not_sure"));
    if (clear) {
      html(verdict, "span", { class: "face-share" }, percent(top[1]));
    }
    const [name, share] = clear ? second : top;
    const beside = { class: say(`inline_${name}`), probability: percent(share) };
    html(head, "p", { class: "face-beside" }, say(clear ? "beside_then" : "beside_closest", beside));
    const bars = html(face, "ul", { class: "bars" });
    CLASSES.forEach((expression, place) => {
      const line = html(bars, "li", clear && expression === top[0] ? { class: "top" } : {});
      html(line, "span", { class: "bar-name" }, say(`expression_${expression}`));
      const bar = svg(line, "svg", { class: "bar", "aria-hidden": "true" });
      svg(bar, "rect", { class: "bar-track", width: "100%", height: "100%", rx: 3 });
      svg(bar, "rect", { class: "bar-fill", width: `${(probabilities[place] * 100).toFixed(1)}%`, height: "100%", rx: 3 });
      html(line, "span", { class: "bar-share" }, percent(probabilities[place]));
    });
  };

  const announce = text => {
    paint.querySelector("main > [role=status]").textContent = text;
  };

  const show = (faces, frame, waiting) => {
    waiting.remove();
    const overlay = svg(frame, "svg", { class: "overlay", "aria-hidden": "true" });
    faces.forEach(face => mark(overlay, face));
    const cards = html(readings, "div", { class: "faces" });
    faces.forEach(face => card(cards, face));
    if (faces.length === 0) {
      html(cards, "p", {}, say("no_face_stream"));
    }
    html(readings, "p", { class: "honest" }, say("disclaimer"));
    const classes = faces.map(face => say(face.clear ? `inline_${face.ranked[0][0]}` : "inline_not_sure"));
    announce(faces.length > 0 ? classes.map(name => say("announce_face", { class: name })).join(" ") : cards.textContent);
  };

  const open = async button => {
    if (paint.dataset.sample) {
      return;
    }
    paint.dataset.sample = "chosen"; // which the page reads
    await engine.sample.decode();
    const bitmap = await createImageBitmap(engine.sample);
    const { width, height } = bitmap;
    const focused = document.activeElement === button;
    const view = stage.parentElement;
    const title = welcome.querySelector("h1");
    title.className = "visually-hidden";
    view.prepend(title);
    stage.classList.remove("empty");
    stage.replaceChildren();
    const frame = html(stage, "div", { class: "frame" });
    frame.style.setProperty("--ratio", width / height);
    const canvas = html(html(frame, "div", { class: "pixels" }), "canvas", { width, height, role: "img", "aria-label": say("sample_alt") });
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    const waiting = html(stage, "div", { class: "waiting" });
    html(waiting, "span", { class: "spinner", "aria-hidden": "true" });
    html(waiting, "p", {}, say("engine_stage_weights"));
    announce(say("engine_stage_weights"));
    // below it: its name, the button, and what www/startup.js says
    html(html(view, "div", { class: "strip" }), "p", { class: "strip-name" }, say("sample_name"));
    button.lastChild.textContent = say("sample");
    view.append(toolbar, welcome.lastElementChild);
    if (focused) {
      button.focus({ preventScroll: true });
    }
    const { port1, port2 } = new MessageChannel();
    // the compilation of the page's program would take time from the label
    self.mienLabelled = new Promise(go => {
      port1.onmessage = ({ data: [numbers, crops] }) => go(show(facesOf(numbers, crops, { width, height }), frame, waiting));
      setTimeout(go, PATIENCE);
    });
    engine.worker.postMessage([port2, bitmap], [port2, bitmap]);
  };

  if (words) {
    for (const element of paint.querySelectorAll("[data-word]")) {
      element.textContent = say(element.dataset.word);
    }
    readings.setAttribute("aria-label", say("faces"));
    // on the page that it opens in
    if (engine && /^(#live)?$/.test(location.hash)) {
      const attributes = { type: "button", class: "button try-sample", "data-testid": "first-sample" };
      const button = document.createElement("button");
      button.onclick = () => open(button).catch(() => {}); // the page tries it again, and says what is wrong
      Object.assign(engine.sample, { alt: say("sample_alt"), width: 28, height: 28 });
      button.append(engine.sample, say("sample_try"));
      add(toolbar.firstElementChild, button, attributes);
    }
  }

  // A file that is dropped before the page can take it does not replace the page.
  for (const name of ["dragover", "drop"]) {
    addEventListener(name, event => paint.isConnected && event.preventDefault());
  }

  // The page's texts, with its program, which takes them (crates/browser/src/site.rs).
  const tag = document.documentElement.lang;
  const texts = document.querySelector(`meta[name=text-${tag}]`);
  if (texts) {
    const arrived = Promise.resolve(self.mienTurn).then(() => fetch(texts.content)).then(response => (response.ok ? response.text() : null));
    self.mienTexts = { [tag]: arrived.catch(() => null) };
  }
}
