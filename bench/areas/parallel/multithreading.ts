import { initRuntime, move, shutdown, spawn } from "npm:multithreading@0.3.52";
import type { Pool } from "./pool.ts";

const url = new URL("./tasks.ts", import.meta.url).href;

/** There is one pool in a process; functions travel as text, so this one imports what it runs. */
export function start(size: number): Promise<Pool> {
  initRuntime({ maxWorkers: size });
  return Promise.resolve({
    size,
    async run(name, argument) {
      const task = spawn(
        move(url, name, argument),
        async (url, name, argument) => (await import(url))[name](argument),
      );
      const result = await task.join();
      if (!result.ok) throw result.error;
      return result.value as unknown;
    },
    close: () => shutdown(),
  });
}
