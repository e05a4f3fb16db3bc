// Starts the quick-start engine, and requests what it needs before all else, so that a label can be there before the page's program.
// `www/first-paint.js` uses it until the page takes it over, with what it has posted until then (crates/browser/src/site.rs). Without
// it, the page starts the engine alone.
{
  const PATIENCE = 1500; // milliseconds after which the page's program no longer waits for the weights
  const named = name => document.querySelector("meta[name=" + name + "]").content;
  const base = new URL("./", document.baseURI).href + "?v=" + named("version");
  const address = path => Object.assign(new URL(path, base), { search: new URL(base).search }).href;
  const script = new URL(named("quick-start"), base).href;
  // Its script and its program are requested at the same time. As a blob it inherits the page's content security policy.
  const start = `
    self.weights = new Promise(go => addEventListener("message", event => go(event.data), { once: true }));
    const program = fetch(${JSON.stringify(script.replace(/\.js$/, "_bg.wasm"))});
    program.catch(() => {});
    import(${JSON.stringify(script)}).then(({ default: start }) => start({ module_or_path: program }))
      .catch(error => setTimeout(() => { throw error; }));`;
  const content = async path => {
    const response = await fetch(address(path));
    return response.ok ? response.arrayBuffer() : Promise.reject(response.status);
  };
  let turn = Promise.resolve(); // of the page's program
  const begin = () => {
    const worker = new Worker(URL.createObjectURL(new Blob([start], { type: "text/javascript" })), { type: "module" });
    const events = [];
    worker.onmessage = worker.onerror = event => events.push(event);
    const started = new Promise(go => worker.addEventListener("message", go, { once: true }));
    // the detector, and the smallest of the classifiers
    const weights = ["weights/blazeface.safetensors", "weights/phone.safetensors"].map(content);
    const sent = Promise.all(weights).then(files => worker.postMessage(files, files), () => worker.postMessage(null));
    const sample = new Image();
    sample.fetchPriority = "high";
    sample.src = address("sample.jpg");
    // what is on the device already does not share the link
    if (!navigator.serviceWorker?.controller) {
      turn = Promise.race([sent, new Promise(go => setTimeout(go, PATIENCE))]);
    }
    self.mienQuickStart = { worker, events, started, sample };
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
