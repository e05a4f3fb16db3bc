// A static host behind a slow link.

import { createServer } from "node:http";

const CHUNK = 4096; // bytes after which another response has its turn
const now = () => performance.timeOrigin + performance.now();
const until = (time) => new Promise((go) => setTimeout(go, Math.max(0, time - now())));

/**
 * Serves files on a free port. All responses together are sent at the speed of the link, each after its latency.
 *
 * `files` maps paths to `{ headers, content }`, whose headers include an `etag`; `bandwidth` is in bytes a millisecond, `latency` in milliseconds.
 * Every request is appended to `requests`: its path, the times of its start and end, and the time and length of each part sent,
 * in milliseconds since 1970 and in bytes.
 */
export async function serve(files, { bandwidth, latency }) {
  const requests = [];
  let free = 0; // the time from which the link is free
  const server = createServer(async (incoming, response) => {
    const { pathname } = new URL(incoming.url, "http://localhost");
    const request = { path: pathname, start: now(), parts: [] };
    requests.push(request);
    const file = files.get(pathname);
    let ready = request.start + latency;
    await until(ready);
    const known = file && incoming.headers["if-none-match"] === file.headers.etag;
    response.writeHead(known ? 304 : file ? 200 : 404, file?.headers ?? { "content-length": 0 });
    const content = file && !known ? file.content : Buffer.alloc(0);
    for (let at = 0; at < content.length && !response.destroyed; at += CHUNK) {
      const part = content.subarray(at, at + CHUNK);
      // a timer that fires late delays neither the next part nor other responses
      free = ready = Math.max(free, ready) + part.length / bandwidth;
      await until(ready);
      response.write(part);
      request.parts.push([now(), part.length]);
    }
    response.end();
    request.end = now();
  });
  await new Promise((listening) => server.listen(0, "localhost", listening));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { address: `http://localhost:${server.address().port}/`, requests, close };
}
