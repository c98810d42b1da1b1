import { Piscina } from "npm:piscina@5.3.2";
import type { Layout, Peer } from "./peer.ts";

export async function start(layout: Layout): Promise<Peer> {
  const pool = new Piscina({
    filename: new URL("./tasks.ts", import.meta.url).href,
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
  return {
    increment: (x) => pool.run(x, { name: "increment" }),
    echo: (value) => pool.run(value, { name: "echo" }),
    close: () => pool.destroy(),
  };
}
