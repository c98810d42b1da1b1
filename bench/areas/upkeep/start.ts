import type { Running } from "../../harness/scenario.ts";
import { startRawWorkers } from "./raw_workers.ts";

/** The time until so many workers are ready; that they end is not timed. */
function timing(
  start: () => Promise<() => Promise<void> | void>,
): Promise<Running> {
  return Promise.resolve({
    run: async () => {
      const from = performance.now();
      const close = await start();
      const value = performance.now() - from;
      await close();
      return { value };
    },
    close() {},
  });
}

/** Raw Workers. */
export function rawWorkers(
  count: number,
  module: "raw_host.ts" | "empty_host.ts",
): Promise<Running> {
  return timing(async () => {
    const workers = await startRawWorkers(count, module);
    return () => workers.forEach((worker) => worker.terminate());
  });
}

/** A runtime. */
export async function runtime(workers: number): Promise<Running> {
  const { Runtime } = await import("../../../workers/mod.ts");
  return await timing(async () => {
    const runtime = await Runtime.start({ workers });
    return () => runtime.close();
  });
}
