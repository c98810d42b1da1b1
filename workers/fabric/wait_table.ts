/**
 * Who blocks, and for whom: words in the fabric that every thread can read.
 *
 * A thread is stuck while it is asleep on its doorbell, nobody rang that, and it
 * waits for a task that others have who are stuck. The protocol and its proof are
 * in `workers/README.md`, "Join".
 *
 * @module
 */

import { Doorbell } from "../../sync/mail/doorbell.ts";
import { LINE, wordsOf } from "../../sync/memory/memory.ts";
import { currentThread, type ThreadId } from "../../sync/thread/thread.ts";
import type { Fabric } from "./fabric.ts";

const WORDS_PER_SLOT = LINE / 4;
// Who a thread waits for. 0: it does not block.
const TARGET = 0;
// When it began to wait for that: a number that no other wait has.
const SINCE = 1;

/** It waits for what others can end whatever they do, or for a while only. */
export const SOMETHING = -1;
/** It waits for what any worker can do that is not stuck. */
export const ANY_WORKER = -2;

/** What a thread waited for before, to be put back. */
export type FormerWait = number;

/** A thread that is stuck. */
interface StuckThread {
  readonly since: number;
  /** The slots of those of whom one has to go on. */
  readonly needs: readonly number[];
}

/** Threads that are stuck, by their slots. */
type Stuck = ReadonlyMap<number, StuckThread>;

/** For whom the threads of a runtime wait. */
export class WaitTable {
  readonly #fabric: Fabric;
  readonly #words: Int32Array;
  /** The word that counts all waits. */
  readonly #clock: number;
  readonly #bells: (Doorbell | undefined)[] = [];

  /** Attaches to the table of a fabric. */
  constructor(fabric: Fabric) {
    this.#fabric = fabric;
    this.#words = wordsOf(fabric.waits(), WORDS_PER_SLOT * (fabric.slots + 1));
    this.#clock = WORDS_PER_SLOT * fabric.slots;
  }

  /**
   * For a thread that blocks: says for whom. Waits lie within each other; what
   * this returns is given to {@linkcode leave}.
   *
   * @param target A slot, {@linkcode SOMETHING} or {@linkcode ANY_WORKER}.
   */
  enter(slot: number, target: number): FormerWait {
    const at = WORDS_PER_SLOT * slot;
    const former = Atomics.load(this.#words, at + TARGET);
    this.#set(slot, target < 0 ? target : target + 1);
    return former;
  }

  /** For a thread that blocked: goes back to what it waited for before. */
  leave(slot: number, former: FormerWait): void {
    this.#set(slot, former);
  }

  #set(slot: number, target: FormerWait): void {
    const at = WORDS_PER_SLOT * slot;
    const since = Atomics.add(this.#words, this.#clock, 1);
    Atomics.store(this.#words, at + SINCE, since);
    Atomics.store(this.#words, at + TARGET, target);
  }

  /** For who gives a slot to another thread: that one does not block. */
  clear(slot: number): void {
    this.leave(slot, 0);
  }

  /** Whether a thread blocks at the moment. */
  blocks(slot: number): boolean {
    return Atomics.load(this.#words, WORDS_PER_SLOT * slot + TARGET) !== 0;
  }

  /**
   * For a thread that is about to sleep on its doorbell, and has said so: if nobody
   * can ever wake it, who of those that wait for each other began last. That one
   * has closed the cycle, and is to give up. -1: somebody may wake it.
   *
   * @param workers The slots of all workers.
   */
  closerOf(slot: number, workers: () => readonly number[]): number {
    // What was the same in two looks was so at one moment between them.
    const first = this.#stuckWith(slot, workers);
    if (first === undefined) return -1;
    const second = this.#stuckWith(slot, workers);
    if (second === undefined || second.size !== first.size) return -1;
    for (const [other, { since }] of first) {
      if (second.get(other)?.since !== since) return -1;
    }
    return lastOf(first);
  }

  /** All that this thread needs to go on, if all are stuck. */
  #stuckWith(
    slot: number,
    workers: () => readonly number[],
  ): Stuck | undefined {
    const stuck: Map<number, StuckThread> = new Map();
    const open = [slot];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (stuck.has(next)) continue;
      const at = WORDS_PER_SLOT * next;
      const since = Atomics.load(this.#words, at + SINCE);
      const target = Atomics.load(this.#words, at + TARGET);
      if (target === 0 || target === SOMETHING) return undefined;
      // Whoever is gone holds nobody up: that is noticed.
      if (!this.#isLive(this.#fabric.occupant(next))) return undefined;
      if (!this.#bell(next).isBlocked) return undefined;
      const needs = target === ANY_WORKER ? workers() : [target - 1];
      stuck.set(next, { since, needs });
      open.push(...needs);
    }
    return stuck;
  }

  #isLive(thread: ThreadId): boolean {
    return currentThread().threads.isLive(thread);
  }

  #bell(slot: number): Doorbell {
    return this.#bells[slot] ??= new Doorbell(
      this.#fabric.doorbell(slot),
      this.#fabric.slots,
    );
  }
}

/** The last one to wait of those that are part of a cycle. */
function lastOf(stuck: Stuck): number {
  let last = -1;
  let latest = 0;
  for (const [slot, { since }] of stuck) {
    if (last >= 0 && ((since - latest) | 0) < 0) continue;
    if (!needsItself(stuck, slot)) continue;
    last = slot;
    latest = since;
  }
  return last;
}

function needsItself(stuck: Stuck, slot: number): boolean {
  const seen = new Set<number>();
  const open = [...stuck.get(slot)!.needs];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === slot) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...stuck.get(next)!.needs);
  }
  return false;
}
