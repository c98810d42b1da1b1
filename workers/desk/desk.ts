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
import { WorkerLostError } from "../errors.ts";
import {
  CALL,
  ENDED,
  FAILURE,
  ITEM,
  RESULT,
  TASK,
} from "../mailbox/frame_kind.ts";
import type { Injection } from "../injection/injection.ts";
import type { Priority } from "../../sync/mail/injector.ts";
import type { ThreadCallbacks } from "../callbacks/thread_callbacks.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Peer } from "../mailbox/peer.ts";
import type { Directory } from "./directory.ts";
import { HeldCalls } from "./held_calls.ts";
import { ImportingAnswers } from "./importing_answers.ts";
import {
  type NumberedCall,
  type PendingCall,
  PendingCalls,
} from "./pending_calls.ts";
import { StreamCalls } from "./stream_calls.ts";
import { WorkerLoads } from "./worker_loads.ts";
import { type Loss, lostWith, UnboundCalls } from "./unbound_calls.ts";
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
  readonly held: HeldCalls = new HeldCalls();
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
    this.unbound = new UnboundCalls(this.#pending, options);
    const { scratch } = this;
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
    if (slot < 0) return this.#hold(kind, out, call);
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

  /**
   * Numbers a task that any worker may run, and hands it over. Its first three
   * words are left for that.
   *
   * @throws {RangeError} If it is too long for that.
   */
  sendUnbound(priority: Priority, out: Writer, call: NumberedCall): void {
    if (this.#haveAllFailed) return call.reject(this.#lostForGood(0));
    this.unbound.send(priority, out, call);
  }

  get #haveAllFailed(): boolean {
    const directory = this.#directory;
    for (let worker = 0; worker < directory.size; worker++) {
      if (!directory.hasFailed(worker)) return false;
    }
    return true;
  }

  /** Rejects the unbound tasks: there is no worker any more that takes them. */
  rejectUnbound(): void {
    this.unbound.reject(() => this.#lostForGood(0));
    this.#checkSettled();
  }

  /** Rejects the unbound tasks that lost workers had taken. */
  rejectTaken(loss?: Loss): void {
    this.unbound.rejectTaken(loss);
    this.#checkSettled();
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

  #hold(kind: number, out: Writer, call: PendingCall): void {
    const { worker } = call;
    if (this.#directory.hasFailed(worker)) {
      out.drop();
      return call.reject(this.#lostForGood(worker));
    }
    call.ticket ??= this.#mailbox.recorder.called();
    this.held.add({ kind, call, out: out.detach() });
    this.loads.add(worker);
  }

  /** Takes back a call that is kept. Returns whether it was there. */
  takeHeld(call: PendingCall): boolean {
    if (!this.held.remove(call)) return false;
    this.#countSettled(call);
    this.loads.remove(call.worker);
    this.#checkSettled();
    return true;
  }

  /** Sends what was called while a worker had no thread. */
  sendHeld(worker: number): void {
    for (const { kind, call, out } of this.held.takeAll(worker)) {
      this.loads.remove(worker);
      try {
        this.send(kind, out, call);
      } catch (error) {
        call.reject(error); // what it moves was closed meanwhile
      }
    }
  }

  /** Rejects what was called while a worker had no thread: it gets none. */
  rejectHeld(
    worker: number,
    reason: () => Error = () => this.#lostForGood(worker),
  ): void {
    for (const { call, out } of this.held.takeAll(worker)) {
      this.loads.remove(worker);
      out.drop();
      this.#countSettled(call);
      call.reject(reason());
    }
    this.#checkSettled();
  }

  #lostForGood(worker: number): WorkerLostError {
    return new WorkerLostError(
      worker,
      "no worker could be started in its place",
      { started: false, cause: this.#directory.failureOf(worker) },
    );
  }

  /** Expects an answer of a worker in a slot to something besides a call. */
  expect(
    worker: number,
    slot: number,
    send: (number: number) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const number = this.#pending.add({ worker, resolve, reject });
      this.loads.add(worker);
      this.#mailbox.expectations.expect(slot);
      // Not by the mailbox: it has to be told that there is something to wait for.
      this.#mailbox.wait();
      send(number);
    });
  }

  /** Handles an answer, or a part of one. Returns whether it is one. */
  receive(from: Peer, kind: number, frame: Reader): boolean {
    if (ANSWERS.has(kind) && this.#importing.comesAfter(from, kind, frame)) {
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
    const untaken = new Set<number>();
    for (const { kind, word } of peer.untaken()) {
      if (STARTS.has(kind)) untaken.add(word);
    }
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
      this.rejectHeld(worker, reason);
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

/** The kinds of frames that answer a call whose number is the first word. */
const ANSWERS: ReadonlySet<number> = new Set([RESULT, FAILURE, ITEM]);
/** The kinds of frames that start something, which is then answered. */
const STARTS: ReadonlySet<number> = new Set([CALL, TASK]);
