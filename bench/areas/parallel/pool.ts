import type { TaskName } from "./tasks.ts";

/** A pool of another library, as all of them can be asked. */
export interface Pool {
  /** How many workers it has. */
  readonly size: number;
  /** Runs a function of `tasks.ts` on any of them. */
  run(name: TaskName, argument: unknown): PromiseLike<unknown>;
  close(): Promise<void> | void;
}

/** Starts one with so many workers. */
export type StartPool = (size: number) => Promise<Pool>;

/** The peers, each loaded when it is set up. Those that have no pool of their own take turns. */
export const POOLS: Readonly<Record<string, StartPool>> = {
  "piscina 5.3.2": async (size) =>
    await (await import("./piscina.ts")).start(size),
  "workerpool 10.0.3": async (size) =>
    await (await import("./workerpool.ts")).start(size),
  "multithreading 0.3.52": async (size) =>
    await (await import("./multithreading.ts")).start(size),
  "comlink 4.4.2": async (size) =>
    await (await import("./comlink.ts")).start(size),
};
