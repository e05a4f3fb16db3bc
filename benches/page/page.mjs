// The built page in a headless Chromium without a GPU: opens it, and reads its state and the memory of its engine.

import { launch } from "../peers/browser.mjs";
import { Failure, find, open } from "../peers/tab.mjs";

/** Runs in a worker before its program does: keeps the memories of the WebAssembly programs that the worker starts. */
const KEEP_MEMORIES = `(() => {
  self.memories = [];
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const start = WebAssembly[name];
    WebAssembly[name] = async (...parts) => {
      const started = await start.apply(WebAssembly, parts);
      const { memory } = (started.instance ?? started).exports;
      if (memory) self.memories.push(memory);
      return started;
    };
  }
})()`;

/** Bytes of the largest of them. */
const MEMORY = "Math.max(0, ...(self.memories ?? []).map((memory) => memory.buffer.byteLength))";

/** JavaScript for a promise of the time, by the page's clock, at which an expression becomes true. */
export const moment = (expression) => `new Promise((done) => {
  const isThere = () => {
    if (!(${expression})) return false;
    done(performance.now());
    return true;
  };
  if (isThere()) return;
  const observer = new MutationObserver(() => isThere() && observer.disconnect());
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
})`;

/** Opens the page that is served at an address, and waits until its engine is ready. `flags` are further ones of the browser's. */
export async function openPage(program, address, flags = []) {
  const browser = await launch(program, ["--disable-gpu", "--window-size=1280,900", ...flags]);
  try {
    const tab = await open(browser);
    const workers = new Set();
    browser.on(tab.session, (method, { sessionId, targetInfo }) => {
      if (method === "Target.detachedFromTarget") workers.delete(sessionId);
      if (method !== "Target.attachedToTarget") return;
      if (targetInfo.type === "worker") workers.add(sessionId);
      // a worker that has ended does not answer
      browser.send("Runtime.evaluate", { expression: KEEP_MEMORIES }, sessionId).catch(() => {});
      browser.send("Runtime.runIfWaitingForDebugger", {}, sessionId).catch(() => {});
    });
    await tab.call("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: true, flatten: true });
    await tab.go(address);
    await tab.until("the engine", find("backend", "[data-state=ready]"));
    if (await tab.evaluate(`${find("backend")}.dataset.backend !== "cpu"`)) throw new Failure("the page does not compute on the CPU");
    return {
      ...tab,
      close: browser.close,
      /** Goes to a section. */
      section: (name) => tab.evaluate(`void (location.hash = "#${name}")`),
      /** Clicks on a control as soon as it is enabled. */
      click: async (id) => {
        await tab.until(id, find(id, ":not([disabled])"));
        await tab.evaluate(`${find(id)}.click()`);
      },
      /** Chooses files in a file input. */
      choose: async (id, files) => {
        await tab.until(id, find(id));
        const { result } = await tab.call("Runtime.evaluate", { expression: find(id) });
        await tab.call("DOM.setFileInputFiles", { files, objectId: result.objectId });
      },
      /** Bytes of the engine's WebAssembly memory, which never shrinks. */
      memory: async () => {
        const read = (session) => browser.send("Runtime.evaluate", { expression: MEMORY }, session).then(({ result }) => result.value);
        const bytes = Math.max(...(await Promise.all([...workers].map(read))));
        if (!(bytes > 0)) throw new Failure("the memory of the engine cannot be read");
        return bytes;
      },
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
