// What the scripts that measure the built page share: a server for its files, and a tab that they drive.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, normalize } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { TYPES } from "./types.mjs";

/** Limit of each step in milliseconds, if no other is given. */
const PATIENCE = 120_000;

/** A failure that is explained by its message alone. */
export class Failure extends Error {}

/** A static server on a free port; `locate` finds the file of a path. */
export async function serve(locate) {
  const server = createServer(async (request, response) => {
    try {
      const { pathname } = new URL(request.url, "http://localhost");
      const path = normalize(pathname === "/" ? "/index.html" : pathname);
      const content = await readFile(locate(path));
      response.writeHead(200, {
        "content-type": TYPES[extname(path)] ?? "application/octet-stream",
        // so that clocks have their full resolution
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, "localhost", listening));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { address: `http://localhost:${server.address().port}/`, close };
}

/** Opens an empty tab. */
export async function open(browser) {
  const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
  const call = (method, parameters) => browser.send(method, parameters, sessionId);
  await call("Page.enable");
  /** The value of an expression, whose promise is awaited. */
  const evaluate = async (expression, limit = PATIENCE) => {
    const late = new AbortController();
    const answer = call("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    const timeout = sleep(limit, undefined, { signal: late.signal }).then(() => {
      throw new Failure(`no answer within ${limit / 1000} s`);
    });
    const { result, exceptionDetails } = await Promise.race([answer, timeout]).finally(() => late.abort());
    if (exceptionDetails) throw new Failure(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  /** Waits until an expression is true. */
  const until = async (what, expression, limit = PATIENCE) => {
    for (const end = Date.now() + limit; Date.now() < end; await sleep(50)) {
      if (await evaluate(`Boolean(${expression})`)) return;
    }
    throw new Failure(`${what}: not within ${limit / 1000} s`);
  };
  return {
    session: sessionId,
    call,
    evaluate,
    until,
    show: () => call("Page.bringToFront"),
    go: async (url) => {
      await call("Page.navigate", { url });
      await until("loading", `location.href === ${JSON.stringify(url)} && document.readyState === "complete"`);
    },
  };
}

/** JavaScript that finds an element of the built page by its test id, with `more` of a selector. */
export const find = (id, more = "") => `document.querySelector("[data-testid=${id}]${more}")`;

/** The value in the middle; of an even number the upper one. */
export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
