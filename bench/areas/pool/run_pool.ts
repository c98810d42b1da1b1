import { byBuffer } from "./by_buffer.ts";
import type { Bytes, Layout, Peer } from "./peer.ts";

/** What the pools offer that run a function of a module by its export name: piscina, and tinypool after it. */
export interface RunPool {
  run(
    task: unknown,
    options: { name: string; transferList?: ArrayBuffer[] },
    // deno-lint-ignore no-explicit-any -- the result of whichever function it is
  ): Promise<any>;
  destroy(): Promise<void>;
}

/** As many tasks as any scenario has in flight: none waits on the side of the caller. */
const IN_FLIGHT = 1024;

/** The options that they share, with the module of the functions. */
export function optionsOf(layout: Layout, tasks: string): {
  readonly filename: string;
  readonly minThreads: number;
  readonly maxThreads: number;
  readonly concurrentTasksPerWorker: number;
} {
  return {
    filename: new URL(tasks, import.meta.url).href,
    minThreads: layout.workers,
    maxThreads: layout.workers,
    // By default a worker is given one task at a time, and each waits for the round trip of the one before.
    concurrentTasksPerWorker: IN_FLIGHT,
  };
}

/** A pool as a peer, once it has answered. */
export async function peerOf(pool: RunPool): Promise<Peer> {
  try {
    await pool.run(0, { name: "increment" });
  } catch (error) {
    await pool.destroy();
    throw error;
  }
  return byBuffer({
    increment: (x) => pool.run(x, { name: "increment" }),
    echo: (value) => pool.run(value, { name: "echo" }),
    echoMoved: async ({ buffer }: Bytes) =>
      new Uint8Array(
        await pool.run(buffer, { name: "echoMoved", transferList: [buffer] }),
      ),
    close: () => pool.destroy(),
  });
}
