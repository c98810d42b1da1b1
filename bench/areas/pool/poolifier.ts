import { FixedThreadPool } from "npm:poolifier@5.3.2";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { byBuffer } from "./by_buffer.ts";
import type { Layout, Peer } from "./peer.ts";

export async function start(layout: Layout): Promise<Peer> {
  const pool = new FixedThreadPool<unknown, unknown>(
    layout.workers,
    fileURLToPath(new URL("./poolifier_host.ts", import.meta.url)),
  );
  // In Deno its workers end, and now and then destroy() goes on waiting for them.
  const close = () => Promise.race([pool.destroy(), delay(250)]);
  try {
    await pool.execute(0, "increment");
  } catch (error) {
    await close();
    throw error;
  }
  return byBuffer({
    increment: (x) => pool.execute(x, "increment") as Promise<number>,
    echo: <T>(value: T) => pool.execute(value, "echo") as Promise<T>,
    close,
  });
}
