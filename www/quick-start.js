// Starts the quick-start engine while the page's program is loading. The page takes it over with what it has posted until then
// (crates/browser/src/site.rs); without it, the page starts the engine alone.
{
  const named = name => document.querySelector("meta[name=" + name + "]").content;
  const folder = new URL("./", document.baseURI).href;
  const base = folder + "?v=" + named("version");
  const script = new URL(named("quick-start"), base).href;
  // Its script and its program are requested at the same time. As a blob it inherits the page's content security policy.
  const start = `
    const program = fetch(${JSON.stringify(script.replace(/\.js$/, "_bg.wasm"))});
    program.catch(() => {});
    import(${JSON.stringify(script)}).then(({ default: start }) => start({ module_or_path: program }))
      .catch(error => setTimeout(() => { throw error; }));`;
  try {
    const url = URL.createObjectURL(new Blob([start], { type: "text/javascript" }));
    const worker = new Worker(url, { type: "module", name: base + "#" + location.search });
    const events = [];
    worker.onmessage = worker.onerror = event => events.push(event);
    self.mienQuickStart = { worker, events };
  } catch (forbidden) {}
}
