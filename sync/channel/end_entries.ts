/**
 * The entries of a side of a channel: which thread has which end.
 *
 * They begin at the second word of the memory of a side. What the first one says is
 * up to the side.
 *
 * @module
 */

import type { CurrentThread, ThreadRegistry } from "../thread/thread.ts";

/** The word that says from which entry on none was ever taken; it only grows. */
export const USED = 1;
/** The word of the first entry: the thread that has the end, or 0. */
export const ENTRIES = 2;

/**
 * Takes a free entry for a thread, or that of a lost one.
 *
 * @param most How many entries there are.
 * @returns Undefined if threads that live have all of them.
 */
export function takeEntry(
  words: Int32Array,
  most: number,
  { id, threads }: CurrentThread,
): number | undefined {
  for (let entry = 0; entry < most; entry++) {
    // Before the entry is taken: a scan must not stop short of it.
    if (Atomics.load(words, USED) === entry) {
      Atomics.compareExchange(words, USED, entry, entry + 1);
    }
    const holder = Atomics.load(words, ENTRIES + entry);
    if (holder !== 0 && threads.isLive(holder)) continue;
    if (
      Atomics.compareExchange(words, ENTRIES + entry, holder, id) === holder
    ) return entry;
  }
  return undefined;
}

/** How many entries there are whose threads live, by one scan. */
export function countEntries(
  words: Int32Array,
  threads: ThreadRegistry,
): number {
  const used = Atomics.load(words, USED);
  let count = 0;
  for (let entry = 0; entry < used; entry++) {
    const holder = Atomics.load(words, ENTRIES + entry);
    if (holder !== 0 && threads.isLive(holder)) count++;
  }
  return count;
}
