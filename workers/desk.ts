/**
 * The desk of a thread: sends its calls to the workers of a runtime and matches
 * the answers. The starting thread has one, and so has each worker.
 *
 * @module
 */

import { decode } from "../codec/decode.ts";
import { encodeArguments } from "../codec/encode.ts";
import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { hold, release } from "../sync/thread/keep_alive.ts";
import { runsElsewhere, type ThreadId } from "../sync/thread/thread.ts";
import {
  rejectWithStack,
  RuntimeClosedError,
  WorkerLostError,
} from "./errors.ts";
import { CALL, PULL, TASK } from "./frame_kind.ts";
import type { Injection, Priority } from "./injection.ts";
import type { Receiver } from "./callbacks/given.ts";
import type { ThreadCallbacks } from "./callbacks/thread_callbacks.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Peer } from "./peer.ts";
import { type PendingCall, PendingCalls } from "./pending_calls.ts";
import { Scratch } from "./scratch.ts";
import { within } from "./within.ts";

/** More than the rank of any worker that runs. */
const REPLACING = 2 ** 32;

/** Who the workers are, as one thread knows it. */
export interface Directory {
  /** How many workers there are. */
  readonly size: number;
  /** How many there can be. */
  readonly most: number;
  /** The slot of a worker; -1 while it has no thread. */
  slotOf(worker: number): number;
  /** The thread of a worker that has one. */
  threadOf(worker: number): ThreadId;
  /** Whether a worker has no thread and never gets one any more. */
  hasFailed(worker: number): boolean;
  /** Why it has failed, where that is known. */
  failureOf(worker: number): unknown;
  /** The worker that a thread is, or was; -1: none that is known. */
  workerOf(thread: ThreadId): number;
  /** The worker whose thread has a slot; -1: none. */
  workerIn(slot: number): number;
}

/** A worker that is lost, and why. */
export interface Loss {
  /** Its index. */
  readonly worker: number;
  /** Its thread. */
  readonly thread: ThreadId;
  /** What became of it. */
  readonly reason: string;
  /** What that is due to. */
  readonly cause?: unknown;
}

/** A call that knows its number. */
export interface NumberedCall extends PendingCall {
  /** By what number the worker knows it. */
  number: number;
  /** Where its frame ends in the ring to the worker: see {@linkcode Peer.mark}. */
  mark: number | undefined;
  /** Whether it is a stream whose next item nobody waits for. */
  isResting?: boolean;
  /** Whether it was given up, and its end is awaited. */
  isEnding?: boolean;
}

/** A call of a method. */
class MethodCall implements PendingCall {
  readonly worker: number;
  readonly resolve: (value: unknown) => void;

  constructor(worker: number, resolve: (value: unknown) => void) {
    this.worker = worker;
    this.resolve = resolve;
  }

  reject(reason: unknown): void {
    rejectWithStack(this.resolve, reason);
  }
}

/** A call that was made while its worker had no thread. */
interface HeldCall {
  readonly kind: number;
  readonly call: PendingCall;
  readonly out: Writer;
}

/** What callbacks are given to that are given to methods. */
const METHOD: Receiver = {};

/** Calls from this thread to the workers of a runtime. */
export class Desk {
  /** Whether new calls are refused. */
  closed = false;
  /** The callbacks that this thread gives, and those that it gets. */
  readonly callbacks: ThreadCallbacks;
  /** Lends writers for what is to be sent. */
  readonly scratch: Scratch = new Scratch();
  readonly #mailbox: Mailbox;
  readonly #directory: Directory;
  readonly #injection: Injection;
  readonly #pending = new PendingCalls();
  readonly #load: number[];
  readonly #held: Map<number, HeldCall[]> = new Map();
  /** The node of each worker that there could be. */
  readonly #nodes: readonly (number | undefined)[];
  /** How many unbound tasks are under way. */
  #unbound = 0;
  /** Lost workers that may have taken some, until that is sure. */
  #losses: Loss[] = [];
  #lastPick = 0;
  #settled: (() => void) | undefined;

  /** Opens the desk of a thread. */
  constructor(
    mailbox: Mailbox,
    directory: Directory,
    injection: Injection,
    callbacks: ThreadCallbacks,
    nodes: readonly (number | undefined)[],
  ) {
    this.#nodes = nodes;
    this.callbacks = callbacks;
    this.#mailbox = mailbox;
    this.#injection = injection;
    this.#directory = directory;
    this.#load = new Array<number>(directory.most).fill(0);
  }

  /**
   * The worker to which a call goes that any of them can do: one with the fewest
   * calls of this thread under way. Of these the last one that was picked, which
   * is still warm, unless it shares its processor with this thread; and else the
   * next in turn. One that is being replaced only if none runs.
   *
   * @param node Only workers on this node, if there are some.
   */
  pick(node?: number): number {
    const { size } = this.#directory;
    if (node !== undefined) return this.#pickNear(node);
    const last = this.#lastPick < size ? this.#lastPick : 0;
    let best = last;
    let rank = this.#rank(best);
    for (let k = 1; k < size && rank > 0; k++) {
      const worker = (last + k) % size;
      const other = this.#rank(worker);
      if (other < rank) {
        best = worker;
        rank = other;
      }
    }
    return this.#lastPick = best;
  }

  #pickNear(node: number): number {
    const { size } = this.#directory;
    let best = -1;
    for (let worker = 0; worker < size; worker++) {
      if (this.#nodes[worker] !== node) continue;
      if (best < 0 || this.#rank(worker) < this.#rank(best)) best = worker;
    }
    return best < 0 ? this.pick() : best;
  }

  #rank(worker: number): number {
    const directory = this.#directory;
    const load = this.#load[worker]!;
    const slot = directory.slotOf(worker);
    if (slot < 0) {
      return directory.hasFailed(worker) ? Infinity : REPLACING + load;
    }
    // This thread is busy, since it asks.
    if (slot === this.#mailbox.slot) return 2 * load + 3;
    return 2 * load + (runsElsewhere(directory.threadOf(worker)) ? 0 : 1);
  }

  /** Calls a method of an instance. */
  call(
    worker: number,
    family: number,
    method: number,
    args: unknown[],
  ): Promise<unknown> {
    if (this.closed) return Promise.reject(new RuntimeClosedError("call"));
    const out = this.scratch.take();
    try {
      out.word(0);
      out.word(family);
      out.word(method);
      const takeBack = this.encodeArguments(out, args, METHOD);
      const answer = new Promise((resolve) =>
        this.send(CALL, out, new MethodCall(worker, resolve))
      );
      if (takeBack !== undefined) answer.then(takeBack, takeBack);
      return answer;
    } catch (error) {
      return Promise.reject(error);
    } finally {
      this.scratch.give(out);
    }
  }

  /**
   * Writes arguments.
   *
   * @param receiver What they are for.
   * @returns What takes back the callbacks that are among them, once that has ended.
   * @throws {TypeError} If one cannot be sent.
   */
  encodeArguments(
    out: Writer,
    args: readonly unknown[],
    receiver: Receiver,
  ): (() => void) | undefined {
    const { given, context } = this.callbacks;
    out.context = context;
    const former = given.begin();
    let takeBack: (() => void) | undefined;
    try {
      encodeArguments(out, args);
    } finally {
      takeBack = given.end(former, receiver);
    }
    return takeBack;
  }

  /**
   * Numbers a call and sends its frame, whose first word is left for that; or
   * keeps a copy until its worker has a thread again.
   *
   * @throws {TypeError} If something in it cannot be moved; then it was not made.
   */
  send(kind: number, out: Writer, call: PendingCall): void {
    const { worker } = call;
    const slot = this.#directory.slotOf(worker);
    if (slot < 0) return this.#hold(kind, out, call);
    const number = this.#pending.add(call);
    out.words[0] = number;
    this.#load[worker]!++;
    this.#mailbox.expect(slot);
    try {
      if (kind === CALL && call.items === undefined) {
        this.#mailbox.send(slot, kind, out);
      } else this.#sendTask(slot, kind, number, out, call as NumberedCall);
    } catch (error) {
      this.#take(slot, number); // something in it cannot be moved
      throw error;
    }
  }

  /**
   * Numbers a task that any worker may run, and hands it over. Its first three
   * words are left for that.
   *
   * @throws {RangeError} If it is too long for that.
   */
  sendUnbound(priority: Priority, out: Writer, call: NumberedCall): void {
    if (this.#haveAllFailed) return call.reject(this.#lostForGood(0));
    const number = this.#pending.add(call);
    out.words[0] = this.#mailbox.slot;
    out.words[1] = this.#mailbox.generation;
    out.words[2] = number;
    try {
      this.#mailbox.sendUnbound(priority, out);
    } catch (error) {
      this.#pending.take(number);
      throw error;
    }
    call.number = number;
    this.#unbound++;
    this.#mailbox.expectFromAny();
  }

  get #haveAllFailed(): boolean {
    const directory = this.#directory;
    if (directory.slotOf(this.#lastPick) >= 0) return false;
    for (let worker = 0; worker < directory.size; worker++) {
      if (!directory.hasFailed(worker)) return false;
    }
    return true;
  }

  /** Rejects the unbound tasks: there is no worker any more that takes them. */
  rejectUnbound(reason: () => Error = () => this.#lostForGood(0)): void {
    for (const [number, call] of this.#pending.unbound()) {
      // Its frame may be read yet: the number stays taken until then.
      this.#injection.cells.cancel(number);
      if (this.#pending.drop(number)) this.#forgetUnbound(call);
      call.reject(reason());
    }
    this.#checkSettled();
  }

  /** Gives up the unbound tasks that nobody has taken. */
  cancelUntaken(): void {
    const { cells } = this.#injection;
    for (const [number] of this.#pending.unbound()) {
      if (cells.takerOf(number) === 0) cells.cancel(number);
    }
  }

  /**
   * Rejects the unbound tasks that lost workers had taken. One that nobody has
   * taken runs elsewhere.
   */
  rejectTaken(loss?: Loss): void {
    if (loss !== undefined) this.#losses.push(loss);
    if (this.#losses.length === 0 || !this.#injection.recover()) return;
    const losses = this.#losses;
    this.#losses = [];
    for (const [number, call] of this.#pending.unbound()) {
      const taker = Math.abs(this.#injection.takerOf(number));
      const loss = losses.find(({ thread }) => thread === taker);
      if (loss === undefined) continue;
      this.#pending.take(number);
      this.#forgetUnbound(call);
      const { worker, reason, cause } = loss;
      const { label } = call;
      call.worker = worker;
      call.reject(
        new WorkerLostError(worker, reason, {
          started: true,
          ...(cause === undefined ? {} : { cause }),
          ...(label === undefined ? {} : { label }),
        }),
      );
    }
    this.#checkSettled();
  }

  /** The threads that have taken unbound tasks of this one. */
  takers(): Set<ThreadId> {
    const takers = new Set<ThreadId>();
    if (this.#unbound === 0) return takers;
    for (const [number] of this.#pending.unbound()) {
      const taker = Math.abs(this.#injection.takerOf(number));
      if (taker !== 0) takers.add(taker);
    }
    return takers;
  }

  #forgetUnbound(call: PendingCall): void {
    this.#unbound--;
    if ((call as NumberedCall).isResting !== true) {
      this.#mailbox.expectLessFromAny();
    }
  }

  /** A task or stream can be asked for later, and cancelled: by its number. */
  #sendTask(
    slot: number,
    kind: number,
    number: number,
    out: Writer,
    call: NumberedCall,
  ): void {
    this.#injection.cells.begin(number);
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
    const copy = out.detach();
    this.#load[worker]!++;
    const held = this.#held.get(worker);
    if (held !== undefined) return void held.push({ kind, call, out: copy });
    this.#held.set(worker, [{ kind, call, out: copy }]);
    hold();
  }

  /** The workers without a thread for which calls are kept. */
  get awaited(): Iterable<number> {
    return this.#held.keys();
  }

  /** Whether a call is kept as its worker has no thread. */
  isHeld(call: PendingCall): boolean {
    const held = this.#held.get(call.worker);
    return held !== undefined && held.some((entry) => entry.call === call);
  }

  /** Takes back a call that is kept. Returns whether it was there. */
  takeHeld(call: PendingCall): boolean {
    const held = this.#held.get(call.worker);
    const at = held?.findIndex((entry) => entry.call === call) ?? -1;
    if (at < 0) return false;
    for (const { out } of held!.splice(at, 1)) out.drop();
    this.#load[call.worker]!--;
    if (held!.length === 0) this.#takeAllHeld(call.worker);
    this.#checkSettled();
    return true;
  }

  /** Sends what was called while a worker had no thread. */
  sendHeld(worker: number): void {
    for (const { kind, call, out } of this.#takeAllHeld(worker)) {
      this.#load[worker]!--;
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
    for (const { call, out } of this.#takeAllHeld(worker)) {
      this.#load[worker]!--;
      out.drop();
      call.reject(reason());
    }
    this.#checkSettled();
  }

  #takeAllHeld(worker: number): HeldCall[] {
    const held = this.#held.get(worker);
    if (held === undefined) return [];
    this.#held.delete(worker);
    release();
    return held;
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
      this.#load[worker]!++;
      this.#mailbox.expect(slot);
      // Not by the mailbox: it has to be told that there is something to wait for.
      this.#mailbox.wait();
      send(number);
    });
  }

  /** A stream has yielded something. */
  item(from: Peer, number: number, frame: Reader): void {
    const items = this.#pending.get(number)?.items;
    if (items === undefined) return;
    let value: unknown;
    try {
      value = decode(frame);
    } catch (error) {
      return items.broken(error);
    }
    items.item(value, { pull: (credit) => this.#pull(from, number, credit) });
  }

  #pull(from: Peer, number: number, credit: number): void {
    if (this.#pending.get(number) === undefined) return;
    const out = this.scratch.take();
    out.word(number);
    out.word(credit);
    this.#mailbox.answer(from, PULL, out);
    this.scratch.give(out);
  }

  /** Somebody waits for the next item of a stream, or nobody does any more. */
  expectItems(call: NumberedCall, isAwaited: boolean): void {
    if (this.#pending.get(call.number) !== call) return;
    if (isAwaited !== (call.isResting ?? false)) return;
    if (!isAwaited && call.isEnding === true) return;
    const mailbox = this.#mailbox;
    if (call.worker < 0) {
      call.isResting = !isAwaited;
      if (!isAwaited) return mailbox.expectLessFromAny();
      mailbox.expectFromAny();
      return mailbox.wait();
    }
    const slot = this.#directory.slotOf(call.worker);
    if (slot < 0) return;
    call.isResting = !isAwaited;
    if (!isAwaited) return mailbox.expectLess(slot);
    mailbox.expect(slot);
    mailbox.wait();
  }

  /** A call was answered by a value. */
  resolve(slot: number, number: number, frame: Reader): void {
    const call = this.#take(slot, number);
    if (call === undefined) return;
    try {
      call.resolve(decode(frame));
    } catch (error) {
      call.reject(error);
    }
  }

  /** A call was answered by an error. */
  reject(slot: number, number: number, frame: Reader): void {
    const call = this.#take(slot, number);
    if (call === undefined) return;
    try {
      call.reject(decode(frame));
    } catch (error) {
      call.reject(error);
    }
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
    const options = cause === undefined ? {} : { cause };
    for (const [number, call] of this.#pending.takeAll(worker)) {
      this.#load[worker]!--;
      const started = !untaken.has(number);
      const { label } = call;
      call.reject(
        new WorkerLostError(worker, reason, {
          started,
          ...options,
          ...(label === undefined ? {} : { label }),
        }),
      );
    }
    this.#checkSettled();
  }

  /** Rejects all calls. */
  rejectAll(reason: () => Error): void {
    for (const [, call] of this.#pending.takeAll()) call.reject(reason());
    for (const worker of [...this.#held.keys()]) {
      this.rejectHeld(worker, reason);
    }
    this.#unbound = 0;
    this.#load.fill(0);
  }

  /** Whether no call is under way. */
  get isSettled(): boolean {
    return this.#unbound === 0 && this.#load.every((load) => load === 0);
  }

  /** How many calls to a worker are under way. */
  loadOf(worker: number): number {
    return this.#load[worker]!;
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
      this.#forgetUnbound(call);
      call.worker = this.#directory.workerIn(slot);
      if (this.#settled !== undefined) this.#checkSettled();
      return call;
    }
    this.#load[call.worker]!--;
    if ((call as NumberedCall).isResting !== true) {
      this.#mailbox.expectLess(slot);
    }
    if (this.#settled !== undefined) this.#checkSettled();
    return call;
  }

  #checkSettled(): void {
    if (this.isSettled) this.#settled?.();
  }
}

/** The kinds of frames that start something, which is then answered. */
const STARTS: ReadonlySet<number> = new Set([CALL, TASK]);
