import { fileURLToPath } from "node:url";
import { pool as startPool } from "npm:workerpool@10.0.3";
import { byBuffer } from "./by_buffer.ts";
import type { Bytes, Layout, Peer } from "./peer.ts";

/** It gives a worker one task at a time, and has no option for more. */
export async function start(layout: Layout): Promise<Peer> {
  const host = fileURLToPath(new URL("./workerpool_host.ts", import.meta.url));
  const pool = startPool(host, {
    minWorkers: layout.workers,
    maxWorkers: layout.workers,
    // Not "web": inside of a web worker of Deno it asks for process.connected, which throws there.
    workerType: "thread",
  });
  async function close(): Promise<void> {
    await pool.terminate(true);
  }
  try {
    // One call to each: it asks an idle worker.
    await Promise.all(
      Array.from(
        { length: layout.workers },
        () => pool.exec("increment", [0]),
      ),
    );
  } catch (error) {
    await close();
    throw error;
  }
  return byBuffer({
    increment: (x) => pool.exec("increment", [x]),
    echo: (value) => pool.exec("echo", [value]),
    echoMoved: async ({ buffer }: Bytes) =>
      new Uint8Array(
        await pool.exec("echoMoved", [buffer], { transfer: [buffer] }),
      ),
    close,
  });
}
