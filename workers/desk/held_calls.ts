/**
 * Calls that were made while their worker had no thread, in order: kept until it
 * has one, or never gets one.
 *
 * @module
 */

import type { Writer } from "../../codec/writer.ts";
import { hold, release } from "../../sync/thread/keep_alive.ts";
import type { Recorder } from "../stats/recorder.ts";
import type { Directory } from "./directory.ts";
import { lostForGood } from "./loss.ts";
import type { PendingCall } from "./pending_calls.ts";
import type { WorkerLoads } from "./worker_loads.ts";

/** What keeping calls needs. */
export interface HeldCallsOptions {
  /** Who the workers are. */
  readonly directory: Directory;
  /** How many calls each worker has: with those that are kept. */
  readonly loads: WorkerLoads;
  /** Counts what is called. */
  readonly recorder: Recorder;
  /** Sends a call whose worker has a thread. */
  readonly send: (kind: number, out: Writer, call: PendingCall) => void;
  /** Is called when some were rejected or taken back. */
  readonly onSettled: () => void;
}

/** A call that is kept. */
interface HeldCall {
  /** The kind of its frame. */
  readonly kind: number;
  /** Who waits for it. */
  readonly call: PendingCall;
  /** Its frame. */
  readonly out: Writer;
}

/** The calls that wait for a thread. While there are some, so does the event loop. */
export class HeldCalls {
  readonly #options: HeldCallsOptions;
  readonly #byWorker: Map<number, HeldCall[]> = new Map();

  /** None yet. */
  constructor(options: HeldCallsOptions) {
    this.#options = options;
  }

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

  /** Keeps a call, with a copy of its frame; or rejects it, if it would be in vain. */
  keep(kind: number, out: Writer, call: PendingCall): void {
    const { directory, loads, recorder } = this.#options;
    const { worker } = call;
    if (directory.hasFailed(worker)) {
      out.drop();
      return call.reject(lostForGood(directory, worker));
    }
    call.ticket ??= recorder.called();
    loads.add(worker);
    const entry = { kind, call, out: out.detach() };
    const held = this.#byWorker.get(worker);
    if (held !== undefined) return void held.push(entry);
    this.#byWorker.set(worker, [entry]);
    hold();
  }

  /** Takes a call back. Returns whether it was there. */
  takeBack(call: PendingCall): boolean {
    const { worker } = call;
    const held = this.#byWorker.get(worker);
    const at = held?.findIndex((entry) => entry.call === call) ?? -1;
    if (at < 0) return false;
    for (const { out } of held!.splice(at, 1)) out.drop();
    if (held!.length === 0) this.#takeAll(worker);
    this.#options.recorder.settled(call.ticket!);
    this.#options.loads.remove(worker);
    this.#options.onSettled();
    return true;
  }

  /** Sends those for a worker, which has a thread now. */
  send(worker: number): void {
    const { loads, send } = this.#options;
    for (const { kind, call, out } of this.#takeAll(worker)) {
      loads.remove(worker);
      try {
        send(kind, out, call);
      } catch (error) {
        call.reject(error); // what it moves was closed meanwhile
      }
    }
  }

  /**
   * Rejects those for a worker.
   *
   * @param reason Default: it gets no thread any more.
   */
  reject(
    worker: number,
    reason: () => Error = () => lostForGood(this.#options.directory, worker),
  ): void {
    const { loads, recorder, onSettled } = this.#options;
    for (const { call, out } of this.#takeAll(worker)) {
      loads.remove(worker);
      out.drop();
      recorder.settled(call.ticket!);
      call.reject(reason());
    }
    onSettled();
  }

  #takeAll(worker: number): HeldCall[] {
    const held = this.#byWorker.get(worker);
    if (held === undefined) return [];
    this.#byWorker.delete(worker);
    release();
    return held;
  }
}
