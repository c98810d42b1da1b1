/**
 * For how long threads keep what has arrived, as the values of a place.
 *
 * Where something was made, whoever uses it keeps it alive. Where it has arrived, it is
 * kept for as long as it is in use there where it was made, whether or not somebody has
 * it here at the moment: whoever comes next is to find it. One word of shared memory
 * says whether it is in use, and is written by the thread only that made it: the id of
 * that thread, or 0.
 *
 * @module
 */

import { isRoomFor, sentFields } from "../codec/sent_fields.ts";
import { allocate } from "../sync/memory/arena.ts";
import { type SharedSlice, wordsOf } from "../sync/memory/memory.ts";
import { perRealm } from "../sync/thread/realm.ts";
import { currentThread } from "../sync/thread/thread.ts";

/** The name of something on all threads, and whether it is in use. */
export interface LifetimeParts extends SharedSlice {
  /** Its name on all threads. */
  readonly id: string;
}

/** Whether something is in use where it was made. */
export class Lifetime {
  /** What is sent of it. */
  readonly parts: LifetimeParts;
  readonly #words: Int32Array;
  readonly #isMine: boolean;

  /** Attaches to the word. */
  constructor(parts: LifetimeParts, isMine: boolean) {
    this.parts = parts;
    this.#words = wordsOf(parts, 1);
    this.#isMine = isMine;
  }

  /** Says whether it is in use; on other threads than its own, nothing. */
  setUsed(isUsed: boolean): void {
    if (!this.#isMine) return;
    Atomics.store(this.#words, 0, isUsed ? currentThread().id : 0);
  }

  /** Whether it is in use. */
  get isUsed(): boolean {
    const owner = Atomics.load(this.#words, 0);
    return owner !== 0 && currentThread().threads.isLive(owner);
  }
}

interface Named {
  readonly byId: Map<string, WeakRef<object>>;
  /** What has arrived and is kept. */
  readonly kept: Map<object, Lifetime>;
  /** With so many it is worth looking which are not needed any more. */
  enough: number;
}

/** So many are kept without looking. */
const FEW = 16;

const NAMED = perRealm<Named>("lifetimes", () => ({
  byId: new Map(),
  kept: new Map(),
  enough: FEW,
}));

const collected = new FinalizationRegistry<Lifetime>((lifetime) => {
  // It may have arrived anew.
  const { id } = lifetime.parts;
  if (valueNamed(id) === undefined) NAMED.byId.delete(id);
  lifetime.setUsed(false);
});

/** Gives something a name that was made here: it is about to be sent. */
export function giveName(value: object): Lifetime {
  const id = crypto.randomUUID();
  const lifetime = new Lifetime({ id, ...allocate(4) }, true);
  lifetime.setUsed(true);
  register(value, lifetime);
  return lifetime;
}

/** Keeps something that has arrived. */
export function keepArrived(value: object, parts: LifetimeParts): Lifetime {
  const { kept } = NAMED;
  if (kept.size >= NAMED.enough) {
    // Whoever has it here keeps it alive.
    for (const [each, { isUsed }] of kept) if (!isUsed) kept.delete(each);
    NAMED.enough = 2 * kept.size + FEW;
  }
  const lifetime = new Lifetime(parts, false);
  kept.set(value, lifetime);
  register(value, lifetime);
  return lifetime;
}

/** What has a name, if this thread has it. */
export function valueNamed(id: string): object | undefined {
  return NAMED.byId.get(id)?.deref();
}

/** How much this thread has that has a name. */
export function namedCount(): number {
  return NAMED.byId.size;
}

/** Whether something that was decoded names something. */
export function areLifetimeParts(parts: unknown): parts is LifetimeParts {
  return typeof sentFields<LifetimeParts>(parts).id === "string" &&
    isRoomFor(4, parts);
}

function register(value: object, lifetime: Lifetime): void {
  NAMED.byId.set(lifetime.parts.id, new WeakRef(value));
  collected.register(value, lifetime);
}
