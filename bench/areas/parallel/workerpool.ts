import { fileURLToPath } from "node:url";
import { pool as startPool } from "npm:workerpool@10.0.3";
import type { Pool } from "./pool.ts";

/** Threads, as its web workers do not start in Deno. */
export function start(size: number): Promise<Pool> {
  const host = fileURLToPath(new URL("./workerpool_host.ts", import.meta.url));
  const pool = startPool(host, {
    minWorkers: size,
    maxWorkers: size,
    workerType: "thread",
  });
  return Promise.resolve({
    size,
    run: (name, argument) => pool.exec(name, [argument]),
    close: async () => void await pool.terminate(true),
  });
}
