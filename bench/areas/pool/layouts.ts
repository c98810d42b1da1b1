import type { Placement } from "../../harness/placement.ts";
import type { Layout } from "./peer.ts";

/** A layout, what a reader of the table must know of it, and how the calling thread is put in its place. */
export interface Placed {
  readonly layout: Layout;
  readonly note: string;
  arrange(): Disposable;
}

/** One worker, two of them where that is not all of the machine, and one for each core. */
export function layouts(place: Placement): Placed[] {
  const { cores, pair, reason } = place;
  const free = (layout: Pick<Layout, "name" | "workers">): Placed => ({
    layout: { ...layout, processor: undefined },
    note: `${layout.workers} workers, caller not pinned`,
    arrange: () => ({ [Symbol.dispose]() {} }),
  });
  return [
    {
      layout: { name: "one-worker", workers: 1, processor: pair?.worker },
      note: pair === undefined
        ? `one worker; nobody is pinned: ${reason}`
        : `one worker; caller pinned to processor ${pair.caller}, kindred's worker to ${pair.worker}, the others' are free`,
      arrange: () => place.pinCaller(),
    },
    ...(cores === 2 ? [] : [free({ name: "two-workers", workers: 2 })]),
    free({ name: "default", workers: cores }),
  ];
}
