/**
 * Starts and stops a runtime of one worker again and again, and prints threads and resident memory: neither may grow
 * in the second half. In the first one memory does: the engine keeps some of each thread for the next ones.
 * `--raw` does the same with a raw Worker that imports the same modules, which tells what the engine itself keeps.
 *
 * Usage: deno run -A --v8-flags=--expose-gc bench/cycles.ts [CYCLES] [--raw]
 *
 * @module
 */
import { startRawWorkers } from "./areas/upkeep/raw_workers.ts";
import { Runtime } from "../workers/mod.ts";

/** What the process has after so many cycles. */
interface Look {
  readonly cycle: number;
  readonly threads: number;
  readonly memory: number;
}

/** Starts and stops so often, and looks every so many times. */
export async function cycles(
  { count, every, isRaw = false }: {
    readonly count: number;
    readonly every: number;
    readonly isRaw?: boolean;
  },
): Promise<Look[]> {
  const looks: Look[] = [];
  for (let cycle = 1; cycle <= count; cycle++) {
    if (isRaw) {
      for (const worker of await startRawWorkers(1, "raw_host.ts")) {
        worker.terminate();
      }
    } else {
      const runtime = await Runtime.start({ workers: 1 });
      await runtime.spawn(() => 1);
      await runtime.close();
    }
    if (cycle % every === 0) looks.push(await look(cycle));
  }
  return looks;
}

async function look(cycle: number): Promise<Look> {
  // The thread of a worker that was closed ends a little later.
  await new Promise((resolve) => setTimeout(resolve, 100));
  // Only with --v8-flags=--expose-gc.
  (globalThis as { gc?: () => void }).gc?.();
  const status = await Deno.readTextFile("/proc/self/status");
  return {
    cycle,
    threads: Number(/^Threads:\s*(\d+)$/m.exec(status)?.[1]),
    memory: Deno.memoryUsage().rss,
  };
}

if (import.meta.main) {
  const count = Number(Deno.args.find((arg) => /^\d+$/.test(arg)) ?? 800);
  const isRaw = Deno.args.includes("--raw");
  const from = performance.now();
  const looks = await cycles({ count, every: 20, isRaw });
  const spent = performance.now() - from;
  console.table(
    looks.map(({ cycle, threads, memory }) => ({
      cycle,
      threads,
      "memory, MiB": Math.round(memory / 1024 / 102.4) / 10,
    })),
  );
  console.log(`${(spent / count).toFixed(1)} ms a cycle`);
  const half = looks[(looks.length - 1) >> 1];
  const last = looks.at(-1);
  if (half !== undefined && last !== undefined && half !== last) {
    const growth = (last.memory - half.memory) / (last.cycle - half.cycle);
    console.log(
      `${(growth / 1024).toFixed(1)} KiB a cycle in the second half`,
    );
  }
}
