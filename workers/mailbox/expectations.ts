/**
 * From whom a thread expects mail: answers, and the next call; and so whether it
 * pays to wait for it awake.
 *
 * @module
 */

import { platform } from "../../ffi/detect.ts";
import { spinLimit } from "../../sync/thread/spin.ts";
import { currentThread, runsElsewhere } from "../../sync/thread/thread.ts";
import type { Peer } from "./peer.ts";

/**
 * Waits between two looks on which processor this thread runs, which take longer than
 * all else that is looked at. One that was moved meanwhile spins in vain so often.
 */
const LOOKS_PER_TELLING = 8;

/** What a thread expects. */
export class Expectations {
  /** The thread from which the next call may come. */
  lastSender: Peer | undefined = undefined;
  readonly #peers: readonly (Peer | undefined)[];
  readonly #slot: number;
  readonly #serves: boolean;
  readonly #answers: number[] = [];
  #fromAny = 0;
  #inAll = 0;
  #looks = 0;

  /**
   * Expects nothing yet.
   *
   * @param peers All threads, by slot, as they become known.
   */
  constructor(
    peers: readonly (Peer | undefined)[],
    { slot, serves }: { slot: number; serves: boolean },
  ) {
    this.#peers = peers;
    this.#slot = slot;
    this.#serves = serves;
  }

  /** Expects an answer from a slot: worth waiting for. */
  expect(slot: number): void {
    this.#answers[slot] = this.from(slot) + 1;
    this.#inAll++;
  }

  /** An expected answer came. */
  expectLess(slot: number): void {
    this.#answers[slot] = this.from(slot) - 1;
    this.#inAll--;
  }

  /** Expects an answer to an unbound task: worth waiting for. */
  expectFromAny(): void {
    this.#fromAny++;
    this.#inAll++;
  }

  /** An answer to an unbound task came, or will not. */
  expectLessFromAny(): void {
    this.#fromAny--;
    this.#inAll--;
  }

  /** How many answers are expected from a slot. */
  from(slot: number): number {
    return this.#answers[slot] ?? 0;
  }

  /** Whether any answer is expected. */
  get isAny(): boolean {
    return this.#inAll > 0;
  }

  /** Another thread takes the place of the one in a slot. */
  forget(slot: number): void {
    this.#inAll -= this.from(slot);
    this.#answers[slot] = 0;
    if (this.lastSender?.slot === slot) this.lastSender = undefined;
  }

  /** Whether somebody from whom mail may come runs on another processor. */
  get areNear(): boolean {
    if (spinLimit.rounds === 0) return false; // all share one processor
    if (!this.#serves && !this.isAny) return false;
    if (this.#looks++ % LOOKS_PER_TELLING === 0) tellWhereThisRuns();
    if (this.isAny && this.#answersAreNear) return true;
    const last = this.lastSender;
    return this.#serves && last !== undefined && runsElsewhere(last.thread);
  }

  get #answersAreNear(): boolean {
    const peers = this.#peers;
    for (let slot = 0; slot < peers.length; slot++) {
      const peer = peers[slot];
      if (peer === undefined || slot === this.#slot) continue;
      if (this.#fromAny === 0 && this.from(slot) <= 0) continue;
      if (runsElsewhere(peer.thread)) return true;
    }
    return false;
  }
}

/** Tells the others where this thread runs. */
function tellWhereThisRuns(): void {
  const processor = platform().currentProcessor();
  if (processor === undefined) return;
  const { threads, id } = currentThread();
  if (threads.processorOf(id) !== processor) {
    threads.setProcessor(id, processor);
  }
}
