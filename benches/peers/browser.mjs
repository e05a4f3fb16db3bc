// A headless Chromium, driven by the DevTools protocol through a pipe.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Starts the program, with further flags. `send` calls a method and returns its result, `on` hears the events of a session, `close`
 * ends the program.
 */
export async function launch(program, flags) {
  const profile = await mkdtemp(join(tmpdir(), "peers-"));
  const all = ["--headless=new", "--no-sandbox", "--no-first-run", "--remote-debugging-pipe", ...flags];
  const child = spawn(program, [...all, `--user-data-dir=${profile}`], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const [, , , input, output] = child.stdio;
  input.on("error", () => {}); // the browser ended: see below
  const calls = new Map();
  const listeners = new Map();
  let count = 0;
  let unread = "";
  output.setEncoding("utf8").on("data", (data) => {
    const messages = (unread + data).split("\0");
    unread = messages.pop();
    for (const { id, error, result, sessionId, method, params } of messages.map((text) => JSON.parse(text))) {
      if (id === undefined) {
        listeners.get(sessionId)?.(method, params);
      } else {
        const { resolve, reject } = calls.get(id);
        calls.delete(id);
        error ? reject(new Error(error.message)) : resolve(result);
      }
    }
  });
  ended.then(() => calls.forEach(({ reject }) => reject(new Error("the browser ended"))));
  return {
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        calls.set(++count, { resolve, reject });
        input.write(`${JSON.stringify({ id: count, method, params, sessionId })}\0`);
      }),
    on: (sessionId, listener) => listeners.set(sessionId, listener),
    close: async () => {
      child.kill();
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
