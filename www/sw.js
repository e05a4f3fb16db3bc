// Caches the site for offline use: all files of a version in one cache, with verified checksums, or none. A cached page
// requests nothing from a server but the files listed, and every page gets those of its own version.
// The build writes the constants.
const VERSION = "@VERSION@";
const HEADERS = "@HEADERS@"; // response headers of every file
const FILES = "@FILES@"; // path: [type, checksum] of the files that every visit needs …
const LATER = "@LATER@"; // … and of those that are downloaded on demand

const AT_ONCE = 2; // concurrent downloads; more would slow down the page
const scope = new URL("./", location.href).href;
const family = `mien ${scope} `;
const own = family + VERSION;

const named = path => scope + (path === "index.html" ? "" : path);
// As the page requests it, so that it is in the HTTP cache; a name with a checksum needs no version.
const requested = path => named(path) + (path.startsWith("weights/") || path === "sample.jpg" ? `?v=${VERSION}` : "");
const listed = path => FILES[path] ?? LATER[path];

addEventListener("install", event => event.waitUntil(install()));
addEventListener("activate", event => event.waitUntil(sweep().then(() => clients.claim())));
addEventListener("message", event => {
  if (event.data === "take over") {
    skipWaiting();
  } else if (event.data === "sweep" && !registration.waiting && !registration.installing) {
    event.waitUntil(sweep());
  }
});
addEventListener("fetch", event => {
  const { request } = event;
  const address = new URL(request.url);
  if (!address.href.startsWith(scope)) {
    return;
  }
  const path = address.href.slice(scope.length).split(/[?#]/)[0] || "index.html";
  if (request.mode !== "navigate") {
    event.respondWith(answer(event, path, address.searchParams.get("v")));
  } else if (listed(path)) {
    event.respondWith(mine(path).catch(() => fetch(request)));
  }
});

async function install() {
  const paths = Object.keys(FILES);
  const work = async () => {
    try {
      for (let path; (path = paths.pop()) !== undefined; ) {
        await mine(path, true);
      }
    } catch (error) {
      paths.length = 0; // stops the other downloads
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  const failed = ends.find(end => end.status === "rejected");
  if (failed) {
    await caches.delete(own);
    throw failed.reason;
  }
}

// Deletes the caches of versions of which no page is open.
async function sweep() {
  const { held } = await navigator.locks.query();
  const open = new Set(held.map(lock => lock.name));
  for (const name of await caches.keys()) {
    if (name.startsWith(family) && name !== own && !open.has(name)) {
      await caches.delete(name);
    }
  }
}

// A file of this version: from its cache, from that of another version if it is identical, or from the server. What `must` be kept fails
// where the device is full; everything else is passed on all the same.
async function mine(path, must = false) {
  const cache = await caches.open(own);
  const kept = await cache.match(named(path));
  if (kept) {
    return kept;
  }
  const integrity = listed(path)[1];
  const response = (await unchanged(path, integrity)) ?? (await download(path, integrity));
  return keep(path, await response.blob(), must);
}

async function keep(path, content, must = false) {
  const response = dressed(path, content);
  try {
    await (await caches.open(own)).put(named(path), response.clone());
  } catch (error) {
    if (must) {
      throw error;
    }
  }
  return response;
}

function dressed(path, content) {
  const [type, integrity] = listed(path);
  return new Response(content, { headers: { ...HEADERS, "Content-Type": type, "Content-Integrity": integrity } });
}

// A file on demand is passed on while it is downloaded, so that the page can show the progress, but its last chunk only if
// the checksum of the whole is correct.
async function later(path) {
  const integrity = listed(path)[1];
  if ((await (await caches.open(own)).match(named(path))) || (await unchanged(path, integrity))) {
    return mine(path);
  }
  const response = await fetch(named(path), { cache: "no-cache" });
  if (!response.ok) {
    return new Response(null, { status: response.status });
  }
  const pieces = [];
  const check = new TransformStream({
    transform(piece, page) {
      if (pieces.length > 0) {
        page.enqueue(pieces.at(-1));
      }
      pieces.push(piece);
    },
    async flush(page) {
      const content = new Blob(pieces);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-384", await content.arrayBuffer()));
      if (`sha384-${btoa(String.fromCharCode(...digest))}` !== integrity) {
        throw new TypeError(`${path} has a wrong checksum`);
      }
      await keep(path, content);
      page.enqueue(pieces.at(-1));
    },
  });
  return dressed(path, response.body.pipeThrough(check));
}

async function unchanged(path, integrity) {
  for (const name of await caches.keys()) {
    if (name.startsWith(family) && name !== own) {
      const kept = await (await caches.open(name)).match(named(path));
      if (kept?.headers.get("Content-Integrity") === integrity) {
        return kept;
      }
    }
  }
}

async function download(path, integrity) {
  let problem;
  // Files that the page has just loaded are in the HTTP cache; if the checksum is wrong, they are downloaded again.
  for (const cache of ["default", "reload"]) {
    try {
      const response = await fetch(requested(path), { cache, integrity });
      if (response.ok) {
        return response;
      }
      problem = new Error(`${path}: the server answered ${response.status}`);
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

async function answer(event, path, version) {
  const refused = status => new Response(null, { status });
  if (!(await isPage(event.clientId))) {
    return fetch(event.request); // a request of another site in a sub-folder of this one
  }
  if (event.request.method !== "GET") {
    return refused(405);
  }
  if (listed(path) && (version ?? VERSION) === VERSION) {
    return (LATER[path] ? later : mine)(path).catch(() => refused(503));
  }
  // A page of another version: the version is in the URL, or the file's checksum in its name.
  for (const name of await caches.keys()) {
    if (version ? name === family + version : name.startsWith(family)) {
      const kept = await (await caches.open(name)).match(named(path));
      if (kept) {
        return kept;
      }
    }
  }
  return refused(version ? 409 : 404);
}

// Whether a request comes from the page or one of its workers.
async function isPage(id) {
  const client = id ? await clients.get(id) : undefined;
  const url = client?.url.split(/[?#]/)[0];
  return url === undefined || url.startsWith("blob:") || url === scope || url === `${scope}index.html`;
}
