// Starts the quick-start engine, and requests what it needs before all else, so that a label can be there before the page's program.
// `www/first-paint.js` uses it until the page takes it over, with what it has posted until then (crates/browser/src/site.rs). Without
// it, the page starts the engine alone.
{
  const PATIENCE = 1500; // milliseconds after which the page's program no longer waits for the weights
  const LEAD = 300; // milliseconds after which the classifier no longer waits for the sample
  const wait = milliseconds => new Promise(go => setTimeout(go, milliseconds));
  const named = name => document.querySelector("meta[name=" + name + "]").content;
  const base = new URL("./", document.baseURI).href + "?v=" + named("version");
  const address = path => Object.assign(new URL(path, base), { search: new URL(base).search }).href;
  const script = new URL(named("quick-start"), base).href;
  // Its script and its program are requested at the same time. As a blob it inherits the page's content security policy.
  const start = `
    const arrived = [];
    self.weights = [0, 1].map(place => new Promise(go => (arrived[place] = go)));
    self.onmessage = ({ data }) => (data.place === undefined ? (self.early = data) : arrived[data.place](data.file));
    const program = fetch(${JSON.stringify(script.replace(/\.js$/, "_bg.wasm"))});
    program.catch(() => {});
    import(${JSON.stringify(script)}).then(({ default: start }) => start({ module_or_path: program }))
      .catch(error => setTimeout(() => { throw error; }));`;
  const content = path => fetch(address(path)).then(response => (response.ok ? response.arrayBuffer() : null)).catch(() => null);
  let turn = Promise.resolve(); // of the page's program
  const begin = () => {
    const worker = new Worker(URL.createObjectURL(new Blob([start], { type: "text/javascript" })), { type: "module" });
    const events = [];
    worker.onmessage = event => events.push(event);
    worker.onerror = event => {
      event.preventDefault(); // www/startup.js would take it for an error of the page's program
      events.push(event);
    };
    const sample = new Image();
    sample.fetchPriority = "high";
    sample.src = address("sample.jpg");
    const send = place => file => worker.postMessage({ place, file }, file ? [file] : []);
    content("weights/blazeface.safetensors").then(send(0));
    // Then the smallest of the classifiers: so the detector is there first, and finds the sample's face meanwhile.
    const seen = new Promise(go => (sample.onload = sample.onerror = go));
    const sent = Promise.race([seen, wait(LEAD)]).then(() => content("weights/phone.safetensors")).then(send(1));
    // what is on the device already does not share the link
    if (!navigator.serviceWorker?.controller) {
      turn = Promise.race([sent, wait(PATIENCE)]);
    }
    self.mienQuickStart = { worker, events, sample };
  };
  if (location.protocol !== "file:" && typeof WebAssembly === "object") {
    try {
      begin();
    } catch (forbidden) {}
  }
  // Requests the page's program, which `cargo xtask build` names; Trunk requests it by itself.
  turn.then(() => {
    const href = named("page");
    if (href) {
      document.head.append(Object.assign(document.createElement("link"), { rel: "preload", as: "fetch", crossOrigin: "", href }));
    }
  });
  self.mienTurn = turn;
}
