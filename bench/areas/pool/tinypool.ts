import { Tinypool } from "npm:tinypool@2.2.0";
import { byBuffer } from "./by_buffer.ts";
import type { Bytes, Layout, Peer } from "./peer.ts";

export async function start(layout: Layout): Promise<Peer> {
  const pool = new Tinypool({
    filename: new URL("./tinypool_tasks.ts", import.meta.url).href,
    minThreads: layout.workers,
    maxThreads: layout.workers,
    // As for piscina.
    concurrentTasksPerWorker: 64,
    // With its default, true, it hangs under Deno.
    useAtomics: false,
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
