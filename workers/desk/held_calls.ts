/**
 * Calls that were made while their worker had no thread, in order.
 *
 * @module
 */

import type { Writer } from "../../codec/writer.ts";
import { hold, release } from "../../sync/thread/keep_alive.ts";
import type { PendingCall } from "./pending_calls.ts";

/** A call that is kept, and its frame. */
export interface HeldCall {
  /** The kind of its frame. */
  readonly kind: number;
  /** Who waits for it. */
  readonly call: PendingCall;
  /** Its frame. */
  readonly out: Writer;
}

/** The calls that wait for a thread. While there are some, so does the event loop. */
export class HeldCalls {
  readonly #byWorker: Map<number, HeldCall[]> = new Map();

  /** The workers for which there are some. */
  get workers(): Iterable<number> {
    return this.#byWorker.keys();
  }

  /** How many there are for a worker. */
  countFor(worker: number): number {
    return this.#byWorker.get(worker)?.length ?? 0;
  }

  /** Whether a call is among them. */
  has(call: PendingCall): boolean {
    const held = this.#byWorker.get(call.worker);
    return held !== undefined && held.some((entry) => entry.call === call);
  }

  /** Keeps a call, for its worker. */
  add(entry: HeldCall): void {
    const { worker } = entry.call;
    const held = this.#byWorker.get(worker);
    if (held !== undefined) return void held.push(entry);
    this.#byWorker.set(worker, [entry]);
    hold();
  }

  /** Takes a call back. Returns whether it was there. */
  remove(call: PendingCall): boolean {
    const held = this.#byWorker.get(call.worker);
    const at = held?.findIndex((entry) => entry.call === call) ?? -1;
    if (at < 0) return false;
    for (const { out } of held!.splice(at, 1)) out.drop();
    if (held!.length === 0) this.takeAll(call.worker);
    return true;
  }

  /** Takes those for a worker. */
  takeAll(worker: number): HeldCall[] {
    const held = this.#byWorker.get(worker);
    if (held === undefined) return [];
    this.#byWorker.delete(worker);
    release();
    return held;
  }
}
