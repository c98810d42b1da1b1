import { Piscina } from "npm:piscina@5.3.2";
import type { Pool } from "./pool.ts";

/** A worker has one task at a time, as by default: there are as many parts as workers, and each is to get one. */
export function start(size: number): Promise<Pool> {
  const piscina = new Piscina({
    filename: new URL("./tasks.ts", import.meta.url).href,
    minThreads: size,
    maxThreads: size,
  });
  return Promise.resolve({
    size,
    run: (name, argument) => piscina.run(argument, { name }),
    close: () => piscina.destroy(),
  });
}
