/**
 * A runtime with two workers, and objects on them.
 *
 * @module
 */

import { Desync, type PlacedDesync } from "../../../desync/mod.ts";
import type { RemoteDesyncOptions } from "../../../desync/mod.ts";
import { Runtime, topology } from "../../../mod.ts";

/** What a test gets. */
export interface TwoWorkers {
  readonly runtime: Runtime;
  /** Makes an object on a worker. */
  on<T>(
    worker: number,
    value: T,
    options?: RemoteDesyncOptions<T>,
  ): Promise<PlacedDesync<T>>;
}

/** Defines a test that gets two workers; only where there are two processors. */
export function testTwo(
  name: string,
  run: (two: TwoWorkers) => Promise<void>,
): void {
  const ignore = topology().allowed.size < 2;
  Deno.test(name, { timeout: 60_000, ignore }, async () => {
    const runtime = await Runtime.start({ workers: 2 });
    try {
      await run({
        runtime,
        on: (worker, value, options) =>
          Desync.on(runtime, (value: never) => value, {
            ...options,
            worker,
            args: [value],
          }),
      });
    } finally {
      await runtime.terminate();
    }
  });
}

/** The next turn of the event loop. */
export const turn = (): Promise<void> =>
  new Promise((next) => setTimeout(next));

/** Ends the worker; nothing runs behind this job until then. */
export const die = (): Promise<void> => {
  close();
  return new Promise(() => {});
};
