import { FixedThreadPool } from "npm:poolifier-web-worker@0.5.15";
import type { Layout, Peer } from "./peer.ts";

/** poolifier on web workers: its flavour for Deno and browsers. */
export async function start(layout: Layout): Promise<Peer> {
  const pool = new FixedThreadPool<unknown, unknown>(
    layout.workers,
    new URL("./poolifier_web_host.ts", import.meta.url),
  );
  async function close(): Promise<void> {
    await pool.destroy();
  }
  try {
    await pool.execute(0, "increment");
  } catch (error) {
    await close();
    throw error;
  }
  return {
    increment: (x) => pool.execute(x, "increment") as Promise<number>,
    echo: <T>(value: T) => pool.execute(value, "echo") as Promise<T>,
    close,
  };
}
