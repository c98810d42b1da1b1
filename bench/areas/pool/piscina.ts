import { Piscina } from "npm:piscina@5.3.2";
import { byBuffer } from "./by_buffer.ts";
import type { Bytes, Layout, Peer } from "./peer.ts";

export async function start(layout: Layout): Promise<Peer> {
  const pool = new Piscina({
    filename: new URL("./piscina_tasks.ts", import.meta.url).href,
    minThreads: layout.workers,
    maxThreads: layout.workers,
    // By default a worker is given one task at a time, which costs a round trip each: with 64 in flight
    // this setting is worth several times the throughput, and it costs nothing with one.
    concurrentTasksPerWorker: 64,
  });
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
