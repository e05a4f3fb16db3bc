// Caches the site for offline use (see sw.js) and reports the progress to the page: `data-offline` of the root element is
// "preparing", "ready" or "none", and `data-update` is "ready" when a new version waits to be taken over.
{
  const WAITING = 500; // milliseconds between two checks whether the engine, which comes first, is loaded
  const scope = new URL("./", location.href).href;
  const version = document.querySelector("meta[name=version]").content;
  let accepted = false;

  const tell = (name, value) => {
    document.documentElement.dataset[name] = value;
    dispatchEvent(new Event("mien-offline"));
  };

  // The files of this version stay cached as long as one of its pages is open.
  navigator.locks?.request(`mien ${scope} ${version}`, { mode: "shared" }, () => new Promise(() => {}));

  const engineLoads = () => {
    const state = document.querySelector("[data-testid=backend]")?.dataset.state;
    return state !== "ready" && state !== "failed";
  };

  const follow = registration => {
    const look = () => {
      if (registration.active) {
        tell("offline", "ready");
      }
      if (registration.active && registration.waiting) {
        tell("update", "ready");
      }
    };
    const watch = worker =>
      worker?.addEventListener("statechange", () => {
        look();
        if (worker.state === "redundant" && !registration.active) {
          tell("offline", "none");
        }
      });
    watch(registration.installing);
    registration.addEventListener("updatefound", () => watch(registration.installing));
    look();
    if (!registration.installing && !registration.waiting) {
      registration.active?.postMessage("sweep");
    }
  };

  const keep = async () => {
    if (!navigator.serviceWorker) {
      return tell("offline", "none");
    }
    tell("offline", "preparing");
    while (engineLoads()) {
      await new Promise(go => setTimeout(go, WAITING));
    }
    try {
      const options = { scope, updateViaCache: "none" };
      follow(await navigator.serviceWorker.register(`${scope}sw.js`, options));
    } catch {
      // offline, the existing service worker stays; if the browser forbids it, there is none
      const kept = await navigator.serviceWorker.getRegistration(scope).catch(() => undefined);
      kept ? follow(kept) : tell("offline", "none");
    }
  };

  // The user starts the update: the new version takes over, and only this page reloads.
  addEventListener("mien-update", async () => {
    const registration = await navigator.serviceWorker?.getRegistration(scope);
    accepted = true;
    if (registration?.waiting) {
      registration.waiting.postMessage("take over");
    } else {
      location.reload();
    }
  });
  navigator.serviceWorker?.addEventListener("controllerchange", () => {
    if (accepted) {
      location.reload();
    }
  });

  keep();
}
