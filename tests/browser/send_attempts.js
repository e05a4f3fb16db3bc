// Attempts to send data to `target` by every means that a page has, each with its name in the URL. The browser blocks them with
// an error or silently, so that only the target knows what arrives. Returns the names.
target => {
  const to = name => `${target}/${name}`;
  const tried = [];
  const attempt = (name, act) => {
    tried.push(name);
    try {
      Promise.resolve(act(to(name))).catch(() => {});
    } catch {}
  };
  const element = (name, attributes) => {
    const made = Object.assign(document.createElement(name), attributes);
    document.body.append(made);
    return made;
  };
  attempt("fetch", url => fetch(url));
  attempt("fetch-post", url => fetch(url, { method: "POST", mode: "no-cors", body: "a picture" }));
  attempt("fetch-keepalive", url => fetch(url, { method: "POST", mode: "no-cors", keepalive: true, body: "x" }));
  attempt("xhr", url => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.send();
  });
  attempt("beacon", url => navigator.sendBeacon(url, "a picture"));
  attempt("websocket", url => new WebSocket(url.replace("http", "ws")));
  attempt("eventsource", url => new EventSource(url));
  attempt("image", url => (new Image().src = url));
  attempt("svg-image", url => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const image = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "image"));
    image.setAttribute("href", url);
    document.body.append(svg);
  });
  attempt("video", url => element("video", { src: url }).load());
  attempt("poster", url => element("video", { poster: url }));
  attempt("audio", url => new Audio(url).load());
  attempt("font", url => new FontFace("stolen", `url(${url})`).load());
  attempt("css-image", url => (element("p", { textContent: "x" }).style.background = `url(${url})`));
  attempt("css-rule", url => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`body { border-image: url(${url}) 1 }`);
    document.adoptedStyleSheets.push(sheet);
    document.body.style.borderStyle = "solid";
  });
  attempt("stylesheet", url => document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: url })));
  for (const rel of ["prefetch", "modulepreload", "icon", "manifest"]) {
    attempt(rel, url => document.head.append(Object.assign(document.createElement("link"), { rel, href: url })));
  }
  attempt("preload", url => document.head.append(Object.assign(document.createElement("link"), { rel: "preload", as: "image", href: url })));
  attempt("script", url => element("script", { src: url }));
  attempt("import", url => import(url));
  attempt("eval", url => (0, eval)(`fetch("${url}")`));
  attempt("inline-script", url => element("script", { textContent: `new Image().src = "${url}"` }));
  attempt("inline-handler", url => element("img", { src: "data:," }).setAttribute("onerror", `fetch("${url}")`));
  attempt("frame", url => element("iframe", { src: url }));
  attempt("empty-frame", url => element("iframe", {}).contentWindow.fetch(url));
  attempt("srcdoc-frame", url => element("iframe", { srcdoc: `<img src="${url}">` }));
  attempt("object", url => element("object", { data: url }));
  attempt("embed", url => element("embed", { src: url }));
  attempt("form", url => {
    const frame = element("iframe", { name: "answers" });
    element("form", { action: url, method: "post", target: frame.name }).submit();
  });
  attempt("worker-fetch", url => new Worker(URL.createObjectURL(new Blob([`fetch("${url}")`]))));
  attempt("worker-import", url => new Worker(URL.createObjectURL(new Blob([`importScripts("${url}")`]))));
  attempt("worker-module", url => new Worker(URL.createObjectURL(new Blob([`import "${url}"`], { type: "text/javascript" })), { type: "module" }));
  attempt("worker-socket", url => new Worker(URL.createObjectURL(new Blob([`new WebSocket("${url.replace("http", "ws")}")`]))));
  attempt("shared-worker", url => new SharedWorker(URL.createObjectURL(new Blob([`fetch("${url}")`]))));
  attempt("webrtc", async url => {
    const host = new URL(url).host;
    const servers = [{ urls: `turn:${host}?transport=tcp`, username: "a-picture", credential: "x" }];
    const connection = (self.kept = new RTCPeerConnection({ iceServers: servers }));
    connection.createDataChannel("x");
    await connection.setLocalDescription(await connection.createOffer());
  });
  attempt("ping", () => {
    const link = element("a", { href: "#", ping: to("ping") });
    link.addEventListener("click", event => event.stopPropagation());
    link.click();
  });
  attempt("window", url => open(url));
  // after the others, which a navigation would cancel; repeated in case it is cancelled itself
  attempt("location", url => {
    const leave = () => (location.href = url);
    setTimeout(leave, 1500);
    setInterval(leave, 7000);
  });
  return tried;
}
