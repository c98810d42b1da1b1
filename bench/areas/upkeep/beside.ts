import { pinThread } from "../../../topology/mod.ts";
import type { Running } from "../../harness/scenario.ts";
import type { Layout, Peer } from "../pool/peer.ts";
import { type BusyOrder, WORKS } from "./busy_host.ts";

/** What the caller does meanwhile. */
export type Pattern = "idle" | "paced" | "steady";

/** How long one look takes, in milliseconds. */
const LOOK = 100;

/** A thread that has something to do, on a processor where others may spin. */
async function startBusy(processor: number): Promise<{
  /** What part of the processor the others of this process took while something went on. */
  lostDuring(work: () => Promise<void>): Promise<number>;
  close(): void;
}> {
  const words = new Int32Array(new SharedArrayBuffer(4));
  const before = timesOf(processor);
  const worker = new Worker(new URL("./busy_host.ts", import.meta.url), {
    type: "module",
  });
  function close(): void {
    // A thread that sleeps by Atomics.wait cannot be terminated.
    Atomics.store(words, WORKS, -1);
    Atomics.notify(words, WORKS);
  }
  await new Promise<void>((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    const order: BusyOrder = { processor, words: words.buffer };
    worker.postMessage(order);
  });
  const thread = [...timesOf(processor).keys()].find((id) => !before.has(id));
  if (thread === undefined) {
    close();
    throw new Error(
      `Cannot watch busy thread as none came to processor ${processor}`,
    );
  }
  return {
    async lostDuring(work) {
      Atomics.store(words, WORKS, 1);
      Atomics.notify(words, WORKS);
      const from = timesOf(processor);
      await work();
      let busy = 0;
      let others = 0;
      for (const [id, time] of timesOf(processor)) {
        const taken = time - (from.get(id) ?? 0);
        if (id === thread) busy += taken;
        else others += taken;
      }
      Atomics.store(words, WORKS, 0);
      return others / (busy + others);
    },
    close,
  };
}

/**
 * How long each thread that is pinned to this processor has run, in nanoseconds, by its id. What other programs take
 * of the processor is in none of them, so a look tells the same on a machine that is not idle.
 */
function timesOf(processor: number): Map<string, number> {
  const times = new Map<string, number>();
  for (const { name } of Deno.readDirSync("/proc/self/task")) {
    const folder = `/proc/self/task/${name}`;
    try {
      const status = Deno.readTextFileSync(`${folder}/status`);
      const [, allowed] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
      if (allowed !== String(processor)) continue;
      const [time] = Deno.readTextFileSync(`${folder}/schedstat`).split(" ");
      times.set(name, Number(time));
    } catch (error) {
      // It ended meanwhile.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return times;
}

async function calls(peer: Peer, pattern: Pattern): Promise<void> {
  const end = performance.now() + LOOK;
  while (performance.now() < end) {
    if (pattern !== "idle") await peer.increment(1);
    if (pattern !== "steady") {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

/** What a busy thread loses to one that is called on its processor: of the time that both had, in percent. */
export async function beside(
  start: (layout: Layout) => Promise<Peer>,
  { processor, caller, pattern }: {
    readonly processor: number;
    readonly caller: number;
    readonly pattern: Pattern;
  },
): Promise<Running> {
  const busy = await startBusy(processor);
  let peer: Peer;
  try {
    peer = await start({ name: "one-worker", workers: 1, processor });
  } catch (error) {
    busy.close();
    throw error;
  }
  return {
    async run() {
      using _pinned = pinThread([caller]);
      await peer.increment(1);
      const lost = await busy.lostDuring(() => calls(peer, pattern));
      return { value: 100 * lost };
    },
    async close() {
      await peer.close();
      busy.close();
    },
  };
}
