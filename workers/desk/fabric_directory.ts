/**
 * Who the workers of a runtime are, as one of them knows it.
 *
 * @module
 */

import type { ThreadId } from "../../sync/thread/thread.ts";
import type { Directory } from "./directory.ts";
import {
  type Fabric,
  postSlot,
  postState,
  sameThread,
} from "../fabric/fabric.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Peer } from "../mailbox/peer.ts";

/** What the directory does when it finds another thread in a post than before. */
export type Farewell = (worker: number, peer: Peer) => void;

/**
 * Reads the posts that the starting thread keeps in the fabric: one load for
 * each call, as long as nobody is replaced.
 */
export class FabricDirectory implements Directory {
  readonly #fabric: Fabric;
  readonly #mailbox: Mailbox;
  readonly #farewell: Farewell;
  /** Of each worker: the word of its post that was last seen, and what it says. */
  readonly #words: number[];
  readonly #slots: number[];
  readonly #threads: ThreadId[];
  /** The slots to which new calls go. */
  readonly #open: number[];
  /** All that were ever seen in a post. */
  readonly #workers = new Map<ThreadId, number>();

  /**
   * @param farewell Is told of a former thread before its slot is used for the
   * next one.
   */
  constructor(
    fabric: Fabric,
    mailbox: Mailbox,
    farewell: Farewell,
  ) {
    this.#fabric = fabric;
    this.#mailbox = mailbox;
    this.#farewell = farewell;
    this.#words = new Array<number>(fabric.slots).fill(0);
    this.#slots = new Array<number>(fabric.slots).fill(-1);
    this.#threads = new Array<ThreadId>(fabric.slots).fill(0);
    this.#open = new Array<number>(fabric.slots).fill(-1);
  }

  get size(): number {
    return this.#fabric.size;
  }

  get most(): number {
    return this.#fabric.slots;
  }

  slotOf(worker: number): number {
    const word = this.#fabric.post(worker);
    if (word !== this.#words[worker]) this.#learn(worker, word);
    return this.#slots[worker]!;
  }

  openSlotOf(worker: number): number {
    const word = this.#fabric.post(worker);
    if (word !== this.#words[worker]) this.#learn(worker, word);
    return this.#open[worker]!;
  }

  threadOf(worker: number): ThreadId {
    // Not read anew: the post may have nobody meanwhile.
    return this.#threads[worker]!;
  }

  hasFailed(worker: number): boolean {
    return postState(this.#fabric.post(worker)) === "failed";
  }

  /** Only the starting thread knows. */
  failureOf(): undefined {
    return undefined;
  }

  workerOf(thread: ThreadId): number {
    if (!this.#workers.has(thread)) this.#lookAround();
    return this.#workers.get(thread) ?? -1;
  }

  #lookAround(): void {
    for (let worker = 0; worker < this.size; worker++) this.slotOf(worker);
  }

  /** The worker whose thread has a slot, or had it when it was last seen. */
  workerIn(slot: number): number {
    return this.#slots.indexOf(slot);
  }

  #learn(worker: number, word: number): void {
    const former = this.#slots[worker]!;
    const isSame = sameThread(word, this.#words[worker]!);
    if (former >= 0 && !isSame) {
      this.#farewell(worker, this.#mailbox.peer(former));
    }
    this.#words[worker] = word;
    const slot = this.#slots[worker] = postSlot(word);
    // What a worker asks of itself may be what it waits for.
    const isOpen = postState(word) === "running" || slot === this.#mailbox.slot;
    this.#open[worker] = isOpen ? slot : -1;
    if (isSame) return;
    this.#threads[worker] = 0;
    if (slot < 0) return;
    // Another thread had the slot before, perhaps of another post.
    this.#mailbox.renew(slot);
    const thread = this.#threads[worker] = this.#fabric.occupant(slot);
    this.#workers.set(thread, worker);
  }
}
