import { type Remote, wrap } from "npm:comlink@4.4.2";
import type { Pool } from "./pool.ts";

type Remotes = Record<string, (argument: unknown) => Promise<unknown>>;

/** It has no pool: several workers take turns. */
export function start(size: number): Promise<Pool> {
  const workers = Array.from(
    { length: size },
    () =>
      new Worker(new URL("./comlink_host.ts", import.meta.url), {
        type: "module",
      }),
  );
  const remotes = workers.map((worker) => wrap<Remotes>(worker));
  let turn = 0;
  return Promise.resolve({
    size,
    run(name, argument) {
      const remote: Remote<Remotes> = remotes[turn++ % size]!;
      return remote[name]!(argument);
    },
    close() {
      for (const worker of workers) worker.terminate();
    },
  });
}
