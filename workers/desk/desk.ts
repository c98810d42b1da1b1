/**
 * The desk of a thread: sends its calls to the workers of a runtime and matches
 * the answers. The starting thread has one, and so has each worker.
 *
 * @module
 */

import { decode } from "../../codec/decode.ts";
import { MissingExportsError } from "../../codec/missing_exports_error.ts";
import type { Reader } from "../../codec/reader.ts";
import type { Writer } from "../../codec/writer.ts";
import {
  CALL,
  ENDED,
  FAILURE,
  ITEM,
  RESULT,
  TASK,
} from "../mailbox/frame_kind.ts";
import type { Injection } from "../injection/injection.ts";
import type { ThreadCallbacks } from "../callbacks/thread_callbacks.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Peer } from "../mailbox/peer.ts";
import type { Directory } from "./directory.ts";
import { HeldCalls } from "./held_calls.ts";
import { ImportingAnswers } from "./importing_answers.ts";
import { lostWith, untakenBy } from "./loss.ts";
import {
  type NumberedCall,
  type PendingCall,
  PendingCalls,
} from "./pending_calls.ts";
import { StreamCalls } from "./stream_calls.ts";
import { WorkerLoads } from "./worker_loads.ts";
import { UnboundCalls } from "./unbound_calls.ts";
import { Scratch } from "./scratch.ts";
import { within } from "../life/within.ts";

/** What a desk is told. */
export interface DeskOptions {
  /** How it reaches the workers. */
  readonly mailbox: Mailbox;
  /** Who they are. */
  readonly directory: Directory;
  /** The unbound tasks of the runtime. */
  readonly injection: Injection;
  /** The callbacks that this thread gives, and those that it gets. */
  readonly callbacks: ThreadCallbacks;
  /** The node of each worker that there could be. */
  readonly nodes: readonly (number | undefined)[];
}

/** Calls from this thread to the workers of a runtime. */
export class Desk {
  /** Whether new calls are refused. */
  closed = false;
  /** The callbacks that this thread gives, and those that it gets. */
  readonly callbacks: ThreadCallbacks;
  /** Lends writers for what is to be sent. */
  readonly scratch: Scratch = new Scratch();
  /** How many calls each worker has. */
  readonly loads: WorkerLoads;
  /** The calls that wait until their worker has a thread. */
  readonly held: HeldCalls;
  /** The tasks that go to no worker in particular. */
  readonly unbound: UnboundCalls;
  /** The streams among the calls. */
  readonly streams: StreamCalls;
  readonly #mailbox: Mailbox;
  readonly #directory: Directory;
  readonly #injection: Injection;
  readonly #pending = new PendingCalls();
  readonly #importing = new ImportingAnswers({
    receive: (from, kind, frame) => void this.receive(from, kind, frame),
    reject: (from, number, reason) =>
      this.#take(from.slot, number)?.reject(reason),
  });
  #settled: (() => void) | undefined;

  /** Opens the desk of a thread. */
  constructor(options: DeskOptions) {
    const { mailbox, directory, nodes } = options;
    this.callbacks = options.callbacks;
    this.#mailbox = mailbox;
    this.#injection = options.injection;
    this.#directory = directory;
    this.loads = new WorkerLoads({ slot: mailbox.slot, directory, nodes });
    const { scratch, loads } = this;
    const { recorder } = mailbox;
    const onSettled = () => this.#checkSettled();
    this.held = new HeldCalls({
      directory,
      loads,
      recorder,
      send: (kind, out, call) => this.send(kind, out, call),
      onSettled,
    });
    this.unbound = new UnboundCalls(this.#pending, { ...options, onSettled });
    this.streams = new StreamCalls(this.#pending, {
      mailbox,
      directory,
      scratch,
    });
  }

  /**
   * Numbers a call and sends its frame, whose first word is left for that; or
   * keeps a copy until its worker has a thread again.
   *
   * @throws {TypeError} If something in it cannot be moved; then it was not made.
   */
  send(kind: number, out: Writer, call: PendingCall): void {
    const { worker } = call;
    const slot = this.#directory.openSlotOf(worker);
    if (slot < 0) return this.held.keep(kind, out, call);
    const number = this.#pending.add(call);
    const { recorder, expectations } = this.#mailbox;
    out.words[0] = number;
    this.loads.add(worker);
    expectations.expect(slot);
    call.ticket ??= recorder.called();
    try {
      if (kind === CALL && call.items === undefined) {
        this.#mailbox.send(slot, kind, out);
      } else this.#sendTask(slot, kind, number, out, call as NumberedCall);
    } catch (error) {
      this.#take(slot, number); // something in it cannot be moved
      throw error;
    }
    recorder.sent(slot);
  }

  /** A task or stream can be asked for later, and cancelled: by its number. */
  #sendTask(
    slot: number,
    kind: number,
    number: number,
    out: Writer,
    call: NumberedCall,
  ): void {
    this.#injection.cells.beginBound(number);
    if (kind === TASK) out.words[2] = number; // see tasks/task_frame.ts
    call.number = number;
    this.#mailbox.send(slot, kind, out);
    call.mark = this.#mailbox.peer(slot).mark;
  }

  /** Expects an answer of a worker in a slot to something besides a call. */
  expect(
    worker: number,
    slot: number,
    send: (number: number) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      send(this.enter({ worker, resolve, reject }, slot));
    });
  }

  /**
   * Numbers something besides a call of which a worker in a slot tells what came of
   * it.
   */
  enter(call: PendingCall, slot: number): number {
    const number = this.#pending.add(call);
    this.loads.add(call.worker);
    this.#mailbox.expectations.expect(slot);
    // Not by the mailbox: it has to be told that there is something to wait for.
    this.#mailbox.wait();
    return number;
  }

  /** It was not asked for after all: see {@linkcode enter}. */
  leave(number: number, slot: number): void {
    this.#take(slot, number);
  }

  /** Handles an answer, or a part of one. Returns whether it is one. */
  receive(from: Peer, kind: number, frame: Reader): boolean {
    const importing = this.#importing;
    if (importing.isNeeded && importing.comesAfter(from, kind, frame)) {
      return true;
    }
    const start = frame.at;
    try {
      return this.#receive(from, kind, frame);
    } catch (error) {
      if (!(error instanceof MissingExportsError)) throw error;
      frame.at = start; // nothing was done yet
      this.#importing.import(from, kind, frame, error);
      return true;
    }
  }

  /**
   * Rejects a call whose answer is here and waits for modules: this thread blocks for
   * it. Returns whether it is one.
   */
  refuseToImport({ number }: NumberedCall): boolean {
    return this.#importing.refuse(number);
  }

  #receive(from: Peer, kind: number, frame: Reader): boolean {
    if (kind === ITEM) {
      this.streams.item(from, frame.word(), frame);
      return true;
    }
    if (kind === ENDED) {
      while (frame.at < frame.end) {
        this.#take(from.slot, frame.word())?.resolve(undefined);
      }
      return true;
    }
    if (kind !== RESULT && kind !== FAILURE) return false;
    const number = frame.word();
    const call = this.#pending.get(number);
    if (call === undefined) return true;
    let value: unknown;
    try {
      value = kind === FAILURE || call.read === undefined
        ? decode(frame)
        : call.read(frame);
    } catch (error) {
      if (error instanceof MissingExportsError) throw error;
      this.#take(from.slot, number)?.reject(error);
      return true;
    }
    this.#take(from.slot, number);
    if (kind === FAILURE) call.reject(value);
    else call.resolve(value);
    return true;
  }

  /** Rejects the calls that a lost worker will not answer. */
  rejectLost(
    worker: number,
    peer: Peer,
    reason: string,
    cause?: unknown,
  ): void {
    const untaken = untakenBy(peer);
    const loss = { worker, reason, cause };
    for (const [number, call] of this.#pending.takeAll(worker)) {
      this.loads.remove(worker);
      this.#countSettled(call);
      call.reject(lostWith(loss, call, !untaken.has(number)));
    }
    this.#checkSettled();
  }

  /** Rejects all calls. */
  rejectAll(reason: () => Error): void {
    for (const [, call] of this.#pending.takeAll()) {
      this.#countSettled(call);
      call.reject(reason());
    }
    for (const worker of [...this.held.workers]) {
      this.held.reject(worker, reason);
    }
    this.unbound.clear();
    this.loads.clear();
  }

  /** Whether no call is under way. */
  get isSettled(): boolean {
    return this.unbound.count === 0 && this.loads.areZero;
  }

  /** Resolves when no call is under way, or the time is up. */
  async settled(timeout: number): Promise<void> {
    if (this.isSettled) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#settled = resolve;
    await within(promise, timeout);
  }

  #take(slot: number, number: number): PendingCall | undefined {
    const call = this.#pending.take(number);
    if (call === undefined) return undefined;
    if (call.worker < 0) {
      this.unbound.forget(call);
      call.worker = this.#directory.workerIn(slot);
      if (this.#settled !== undefined) this.#checkSettled();
      return call;
    }
    this.#countSettled(call);
    this.loads.remove(call.worker);
    if ((call as NumberedCall).isResting !== true) {
      this.#mailbox.expectations.expectLess(slot);
    }
    if (this.#settled !== undefined) this.#checkSettled();
    return call;
  }

  #countSettled({ ticket }: PendingCall): void {
    if (ticket !== undefined) this.#mailbox.recorder.settled(ticket);
  }

  #checkSettled(): void {
    if (this.isSettled) this.#settled?.();
  }
}
