/**
 * A worker that counts how often it was woken, and sleeps in its event loop as workers of
 * a runtime do.
 *
 * @module
 */

import { pinThread } from "../../../topology/mod.ts";
import type { SleeperMessage } from "./sleeper.ts";

// Deno's default library has no types for the inside of a worker.
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<SleeperMessage>) => void;
  postMessage(message: string): void;
};

scope.onmessage = ({ data }) => {
  const { calls, wakings, processor } = data;
  if (processor !== undefined) pinThread([processor]);
  setInterval(() => {}, 2 ** 30); // a wait alone does not hold the loop open
  const sleep = (): void => {
    const seen = Atomics.load(calls, 0);
    Atomics.store(wakings, 0, seen);
    const wait = Atomics.waitAsync(calls, 0, seen);
    if (wait.async) void wait.value.then(sleep);
    else queueMicrotask(sleep);
  };
  sleep();
  scope.postMessage("ready");
};
