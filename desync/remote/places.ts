/**
 * Places in the line of an object: what runs there is sent by itself, and may be there
 * before it is its turn, or after.
 *
 * @module
 */

import { hold, onTick, release } from "../../sync/thread/keep_alive.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import type { Hosting } from "../../workers/host/hosting.ts";
import { STARTER } from "../../workers/life/control.ts";
import { lifeOf, whichAreGone } from "../../workers/life/life.ts";
import type { Peer } from "../../workers/mailbox/peer.ts";
import type { JobAsker } from "./job_asker.ts";
import type { SentJob } from "./hosted_step.ts";

/** What came for a place. */
export interface Arrival {
  /** What runs there; undefined: nothing. */
  readonly job?: SentJob;
  /** Who waits for it, if that was not known before. */
  readonly asker?: JobAsker | undefined;
  /** Why nothing runs there, if that is a failure. */
  readonly reason?: unknown;
  /** Another place that stands there, of that kind. */
  readonly opens?: { readonly place: number; readonly kind: number };
}

/** What came for the places of an object, and what is waited for. */
export class Places {
  readonly #hosting: Hosting;
  /** By the thread that sends it, and the number of the place. */
  readonly #arrived = new Map<string, Arrival>();
  /** Places at which nothing is to be run any more, and why, if who waits is to be told. */
  readonly #ignored = new Map<string, unknown>();
  #awaited: {
    readonly key: string;
    readonly isOpen: boolean;
    readonly end: (arrival: Arrival) => void;
  } | undefined;
  #isClosed = false;
  /** Why promises are not waited for any more. */
  #loss: (() => unknown) | undefined = undefined;

  constructor(hosting: Hosting) {
    this.#hosting = hosting;
  }

  /** Something has come. */
  arrive(from: Peer, place: number, arrival: Arrival): void {
    const key = keyOf(from, place);
    if (this.#ignored.has(key)) {
      const reason = this.#ignored.get(key);
      this.#ignored.delete(key);
      return this.#refuse(from, arrival, reason);
    }
    if (this.#awaited?.key === key) this.#awaited.end(arrival);
    else this.#arrived.set(key, arrival);
  }

  /**
   * What comes for a place is not wanted, or came for nothing.
   *
   * @param reason Is told to who waits for it, if that is not known before it comes.
   */
  ignore(peer: Peer | undefined, place: number, reason?: unknown): void {
    if (place === 0 || peer === undefined) return;
    const key = keyOf(peer, place);
    const arrival = this.#arrived.get(key);
    if (arrival === undefined) return void this.#ignored.set(key, reason);
    this.#arrived.delete(key);
    this.#refuse(peer, arrival, reason);
  }

  #refuse(from: Peer, { asker, opens }: Arrival, reason: unknown): void {
    if (reason !== undefined) asker?.failed(reason);
    if (opens !== undefined) this.ignore(from, opens.place);
  }

  /**
   * What has come for a place, if it has. Nothing does if nobody is left to send it.
   *
   * @param isOpen Whether it waits for what may never come, such as a promise.
   */
  take(
    { peer }: JobAsker,
    place: number,
    isOpen: boolean,
  ): Arrival | undefined {
    if (peer === undefined || this.#isClosed) return {};
    const key = keyOf(peer, place);
    const arrival = this.#arrived.get(key);
    this.#arrived.delete(key);
    if (arrival !== undefined || !isOpen || this.#loss === undefined) {
      return arrival;
    }
    return { reason: this.#loss() };
  }

  /** Nothing comes any more. */
  close(): void {
    this.#isClosed = true;
    this.#awaited?.end({});
  }

  /** Only that comes which was sent already: promises are not waited for. */
  leave(loss: () => unknown): void {
    this.#loss = loss;
    if (this.#awaited?.isOpen) this.#awaited.end({ reason: loss() });
  }

  /** What comes for a place; or nothing, once who was to send it is gone. */
  async wait(
    { peer }: JobAsker,
    place: number,
    isOpen: boolean,
  ): Promise<Arrival> {
    const { promise, resolve } = Promise.withResolvers<Arrival>();
    this.#awaited = { key: keyOf(peer!, place), isOpen, end: resolve };
    hold();
    const stop = onTick(() => this.#look(peer!, resolve));
    try {
      return await promise;
    } finally {
      this.#awaited = undefined;
      stop();
      release();
    }
  }

  async #look(
    { thread, slot, generation }: Peer,
    end: (arrival: Arrival) => void,
  ): Promise<void> {
    const { fabric } = this.#hosting;
    const life = lifeOf(fabric.handle.lives, thread);
    if (
      fabric.generation(slot) !== generation ||
      !currentThread().threads.isLive(thread) ||
      (slot !== STARTER && (await whichAreGone([life])).has(life))
    ) end({});
  }
}

function keyOf({ slot, generation }: Peer, place: number): string {
  return `${slot} ${generation} ${place}`;
}
