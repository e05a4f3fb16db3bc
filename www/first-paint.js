// The first paint in the visitor's language, with the sample, which the quick-start engine recognizes before the page's program is
// there. All is where the page shows it, which then opens the sample itself (crates/page/src/root.rs). What only the page can do is
// disabled. The build writes the texts.
{
  const WORDS = "@WORDS@"; // texts of the page, by language and key
  const CLASSES = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];
  const NUMBERS = 41; // of a face, in the order of crates/quick-start/src/recognition.rs
  const CROP = 48; // pixels of a side of a crop
  const PATIENCE = 1000; // milliseconds for which the page's program waits for a label, once the sample was chosen
  // As crates/page/src/components/icons.rs.
  const ICONS = {
    bolt: "M13 3L5 14h6l-1 7 8-11h-6z",
    camera: "M3 7.5A1.5 1.5 0 0 1 4.5 6h9A1.5 1.5 0 0 1 15 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 16.5zM15 11l6-3.5v9L15 13",
    close: "M6 6l12 12M18 6L6 18",
    down: "M6 9l6 6 6-6",
    film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.5h4M4 14.5h4M16 9.5h4M16 14.5h4",
    flip: "M12 4v2M12 9v2M12 13v2M12 18v2M9 7L4 17h5zM15 7l5 10h-5z",
    map: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 11.9v.2",
    mien: "M12 3c5 0 8 3.5 8 8.5S17 21 12 21s-8-4.5-8-9.5S7 3 12 3zM9 9.5v1.2M15 9.5v1.2M8.5 15c2 2 5 2 7 .2",
    photo: "M4 5h16v14H4zM4 16l4.5-4.5 4 4L15 13l5 4.5M15.5 8.8v.4",
    shutter: "M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 10a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4z",
    warning: "M12 4l9 16H3zM12 10v4.5M12 17v.2",
  };
  const words = WORDS[document.documentElement.lang];
  const engine = self.mienQuickStart;
  const paint = document.getElementById("first-paint");
  const parts = [".masthead", ".live", ".view", ".stage", ".welcome", ".toolbar", ".sources", ".readings", ".elsewhere"];
  const [masthead, live, view, stage, welcome, toolbar, sources, readings, elsewhere] = parts.map(part => paint.querySelector(part));
  const links = [...paint.querySelectorAll(".pages a")];
  let place = welcome; // of "Loading", on Live
  let report = null; // that the sample did not arrive

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

  const icon = (parent, name) =>
    svg(svg(parent, "svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }), "path", { d: ICONS[name] });

  // A button of the page, which works once that is there.
  const later = (parent, name, key) => {
    const button = html(parent, "button", { type: "button", class: "button", disabled: "" });
    icon(button, name);
    button.append(say(key));
    return button;
  };

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
    if (faces.length > 0) {
      later(html(readings, "section", { class: "breaker-face" }), "down", "robustness.interactive_title");
    }
    html(html(readings, "p", { class: "honest" }, `${say("disclaimer")} `), "a", { href: "#about" }, say("disclaimer_link"));
    const classes = faces.map(face => say(face.clear ? `inline_${face.ranked[0][0]}` : "inline_not_sure"));
    announce(faces.length > 0 ? classes.map(name => say("announce_face", { class: name })).join(" ") : cards.textContent);
  };

  // "Loading", without which www/startup.js takes the page for started.
  const starting = paint.querySelector(".starting");

  // As crates/page/src/components/notices.rs, and in the same place, so that the report stays there when the page comes.
  const missing = button => {
    report?.remove();
    report = html(paint.querySelector(".notices"), "div", { class: "message error", role: "alert", "data-testid": "first-missing" });
    icon(report, "warning");
    const text = html(report, "div", { class: "message-text" });
    html(text, "p", { class: "message-what" }, say("notice.sample_missing"));
    html(text, "p", {}, say("notice.sample_missing_do"));
    const dismiss = html(report, "button", { type: "button", class: "button bare", title: say("dismiss"), "aria-label": say("dismiss") });
    icon(dismiss, "close");
    dismiss.onclick = () => {
      report.remove();
      delete paint.dataset.sample; // the page does not report it again
      button.focus({ preventScroll: true });
    };
  };

  const open = async button => {
    if (place === view) {
      return;
    }
    paint.dataset.sample = "chosen"; // which the page reads
    const { sample } = engine;
    if (sample.complete && !sample.naturalWidth) {
      report?.remove();
      sample.src = sample.src; // requests it again
    }
    await sample.decode();
    const bitmap = await createImageBitmap(sample);
    if (place === view) {
      return;
    }
    const { width, height } = bitmap;
    const focused = document.activeElement === button;
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
    // below it: its name and the buttons
    html(html(view, "div", { class: "strip" }), "p", { class: "strip-name" }, say("sample_name"));
    button.lastChild.textContent = say("sample");
    sources.firstElementChild.className = "button";
    const tools = html(toolbar, "div", { class: "tools" });
    later(tools, "shutter", "snapshot");
    later(tools, "map", "explain.explain");
    later(tools, "bolt", "actions.open");
    toolbar.prepend(tools);
    view.append(toolbar);
    place = view;
    showAddress();
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

  // Shows what the address names (crates/page/src/settings.rs): Live, or that another page is being loaded.
  const showAddress = () => {
    const name = location.hash.split("-")[0].replace("#benchmark", "#about");
    const link = links.find(each => each.hash === name) ?? links[0];
    links.forEach(each => each.removeAttribute("aria-current"));
    link.setAttribute("aria-current", "page");
    const [shell] = elsewhere.children;
    shell.firstElementChild.textContent = link.textContent;
    live.hidden = link !== links[0];
    elsewhere.hidden = !live.hidden;
    (live.hidden ? shell : place).append(starting);
  };

  if (words) {
    for (const element of paint.querySelectorAll("[data-word]")) {
      element.textContent = say(element.dataset.word);
    }
    document.title = say("title");
    links[0].parentElement.setAttribute("aria-label", say("navigation"));
    readings.setAttribute("aria-label", say("faces"));
    if (engine) {
      // the places of the language and the theme
      const languages = html(masthead, "select", { class: "select language later" });
      Object.values(WORDS).forEach(({ language }) => html(languages, "option", {}, language));
      html(masthead, "span", { class: "button bare later" });
      later(sources, "camera", "camera_start").classList.add("primary");
      later(sources, "photo", "photos");
      later(sources, "film", "video");
      const { sample } = engine;
      const button = html(sources, "button", { type: "button", class: "button try-sample", "data-testid": "first-sample" });
      button.onclick = () => open(button).catch(() => missing(button)); // the page tries it again
      Object.assign(sample, { alt: say("sample_alt"), width: 28, height: 28 });
      button.append(sample, say("sample_try"));
      later(sources, "mien", "model_face.title");
      later(sources, "flip", "game.title");
      later(sources, "map", "fit.title");
      // without it, the button has its text alone (www/style.css), in the page too
      const arrived = () => document.documentElement.classList.toggle("no-sample", !sample.naturalWidth);
      ["load", "error"].forEach(event => sample.addEventListener(event, arrived));
      if (sample.complete) {
        arrived();
      }
    }
  }
  showAddress();
  paint.className = "complete"; // www/style.css shows it from now on
  addEventListener("hashchange", () => paint.isConnected && showAddress());

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
