import type { Layout, Peer } from "./peer.ts";

/** A peer by its name in the report. It is loaded when it is set up, so that one that cannot be is one line of the report. */
export type Entry = readonly [
  name: string,
  load: () => Promise<(layout: Layout) => Promise<Peer>>,
];

/** What every ratio is to: a web Worker and nothing else. */
export const BASELINE = "raw postMessage";
/** A method of a family. */
export const CALL = "kindred call";
/** A self-contained function on whichever worker is free. */
export const SPAWN = "kindred spawn";

const RIVALS: readonly Entry[] = [
  ["piscina 5.3.2", async () => (await import("./piscina.ts")).start],
  ["tinypool 2.2.0", async () => (await import("./tinypool.ts")).start],
  ["workerpool 10.0.3", async () => (await import("./workerpool.ts")).start],
  ["poolifier 5.3.2", async () => (await import("./poolifier.ts")).start],
  [
    "poolifier-web-worker 0.5.15",
    async () => (await import("./poolifier_web.ts")).start,
  ],
  ["threads 1.7.0", async () => (await import("./threads.ts")).start],
  [
    "multithreading 0.3.52",
    async () => (await import("./multithreading.ts")).start,
  ],
];

/** The names of those that have a pool; comlink has none. */
export const POOLS: readonly string[] = RIVALS.map(([name]) => name);

export const PEERS: readonly Entry[] = [
  [BASELINE, async () => (await import("./raw_worker.ts")).start],
  ["comlink 4.4.2", async () => (await import("./comlink.ts")).start],
  ...RIVALS,
  [CALL, async () => (await import("./kindred.ts")).start],
  [SPAWN, async () => (await import("./kindred_spawn.ts")).start],
  [
    "kindred spawn, bound",
    async () => (await import("./kindred_spawn.ts")).startBound,
  ],
];
