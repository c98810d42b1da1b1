/**
 * Tasks on threads: how one thread of a runtime spawns, cancels and joins them.
 *
 * @module
 */

import { encodeGiven } from "../desk/encode_given.ts";
import { encodeMethod, type MethodOf } from "../desk/method_call.ts";
import { encode } from "../../codec/encode.ts";
import { inWords } from "../../codec/in_words.ts";
import type { Writer } from "../../codec/writer.ts";
import type { Deadline } from "../../sync/thread/timeout.ts";
import { isTimeout, QueueFullError, RuntimeClosedError } from "../errors.ts";
import { WorkerTurns } from "../desk/worker_turns.ts";
import { CALL, CANCEL, TASK } from "../mailbox/frame_kind.ts";
import type { FunctionStore } from "../functions/function_store.ts";
import type { AnyFunction } from "../functions/portable.ts";
import type { Injection } from "../injection/injection.ts";
import { NORMAL, URGENT } from "../../sync/mail/injector.ts";
import { OpenStreams } from "../streams/open_streams.ts";
import { TaskStream } from "../streams/task_stream.ts";
import type { CallObserver } from "../telemetry/call_observer.ts";
import { encodeItems } from "./batch_frame.ts";
import { BlockingJoins, type BlockingJoinsOptions } from "./blocking_joins.ts";
import type { Joined } from "./join.ts";
import { workerForKey } from "./placement.ts";
import type { SpawnOptions } from "./spawn_options.ts";
import { TaskCall } from "./task_call.ts";
import { encodeHead } from "./task_frame.ts";
import type { TaskForm, TaskPort } from "./task_port.ts";

/** What the tasks of a thread need. */
export interface ThreadTasksOptions
  extends Omit<BlockingJoinsOptions, "workerOf"> {
  /** The functions of the runtime. */
  readonly functions: FunctionStore;
  /** The unbound tasks of the runtime. */
  readonly injection: Injection;
  /** How many tasks may wait for any worker, and for each one. */
  readonly maxQueued: number;
  /** Watches the tasks, if anybody wants that. */
  readonly observer: CallObserver;
  /** The time of a task is up that a worker in a slot has. */
  readonly overdue: (slot: number, number: number) => void;
}

/** A method that is a generator. */
export interface StreamedMethod extends MethodOf {
  /** The name of its family. */
  readonly familyName: string;
  /** How errors call it: `family.method`. */
  readonly label: string;
}

const NOTHING = () => {};

/** The tasks that a thread spawns. */
export class ThreadTasks implements TaskPort {
  /** The streams that this thread has opened. */
  readonly streams: OpenStreams = new OpenStreams();
  readonly takesBatches = true;
  readonly #options: ThreadTasksOptions;
  readonly #joins: BlockingJoins;
  readonly #turns = new WorkerTurns();

  /** No tasks yet. */
  constructor(options: ThreadTasksOptions) {
    this.#options = options;
    const workerOf = (call: Joined) => this.workerOf(call);
    this.#joins = new BlockingJoins({ ...options, workerOf });
  }

  /** What the tasks use, for what else this thread asks of workers. */
  get parts(): ThreadTasksOptions {
    return this.#options;
  }

  get size(): number {
    return this.#options.directory.size;
  }

  spawn(
    fn: AnyFunction,
    args: readonly unknown[],
    options: SpawnOptions,
    form?: TaskForm,
  ): TaskCall {
    const { desk, functions, maxQueued, observer } = this.#options;
    const call = new TaskCall(this, fn, options, form);
    const { signal, timeout } = options;
    if (desk.closed) {
      call.reject(new RuntimeClosedError(`start ${call.label}`));
      return call;
    }
    if (signal?.aborted) {
      call.withdraw(signal.reason);
      return call;
    }
    if (call.worker < 0) call.worker = this.#workerFor(options);
    if (maxQueued < Infinity && form?.isBounded !== true) {
      if (this.#queued(call) >= maxQueued) {
        call.reject(new QueueFullError(call.label, maxQueued));
        return call;
      }
    }
    const out = desk.scratch.take();
    try {
      out.word(0);
      out.word(0);
      out.word(0);
      const number = functions.numberOf(fn);
      if (observer.active) call.observation = observer.begin(call.observed);
      encodeHead(out, number, call, options);
      const takeBack = call.isBatch
        ? encodeGiven(desk.callbacks, call, out, args, encodeItems)
        : encodeGiven(desk.callbacks, call, out, args);
      if (takeBack !== undefined) call.over.then(takeBack);
      call.byteLength = out.hasAttachments ? Infinity : out.byteLength;
      if (call.worker < 0) this.#place(out, call, options);
      else desk.send(TASK, out, call);
      if (timeout !== undefined || signal !== undefined) call.watch();
      if (call.isStream) this.streams.add(call);
    } catch (error) {
      call.reject(error);
    } finally {
      desk.scratch.give(out);
    }
    return call;
  }

  /** The worker that a task is bound to which names none; -1: whichever takes it. */
  #workerFor({ key, near, placement }: SpawnOptions): number {
    if (key !== undefined) return workerForKey(key, this.size);
    if (near !== undefined) return this.#options.desk.loads.pick(near);
    switch (placement) {
      case "least loaded":
        return this.#options.desk.loads.pick();
      case "round robin":
        return this.#turns.next(this.#options.directory);
      default:
        return -1;
    }
  }

  /** How many tasks wait where this one would. */
  #queued({ worker }: TaskCall): number {
    const { desk, injection } = this.#options;
    return worker < 0
      ? injection.size + injection.staged
      : desk.loads.of(worker);
  }

  /** Any worker may run it, unless something goes beside its frame. */
  #place(out: Writer, call: TaskCall, options: SpawnOptions): void {
    const { desk, injection } = this.#options;
    const priority = options.priority === "urgent" ? URGENT : NORMAL;
    if (!out.hasAttachments && out.byteLength <= injection.longest(priority)) {
      return desk.unbound.send(priority, out, call);
    }
    call.worker = desk.loads.pick();
    desk.send(TASK, out, call);
  }

  /** Calls a method that is a generator. */
  stream(
    called: StreamedMethod,
    args: readonly unknown[],
  ): TaskStream<unknown> {
    return new TaskStream(this, (items) => {
      const { worker, label: name, familyName: family } = called;
      const form = { items, family };
      const call = new TaskCall(this, NOTHING, { worker, name }, form);
      const { desk, observer } = this.#options;
      if (desk.closed) {
        call.reject(new RuntimeClosedError(`start ${call.label}`));
        return call;
      }
      const out = desk.scratch.take();
      try {
        if (observer.active) call.observation = observer.begin(call.observed);
        encodeMethod(out, called, call.observation?.context);
        const takeBack = encodeGiven(desk.callbacks, call, out, args);
        if (takeBack !== undefined) call.over.then(takeBack);
        desk.send(CALL, out, call);
        this.streams.add(call);
      } catch (error) {
        call.reject(error);
      } finally {
        desk.scratch.give(out);
      }
      return call;
    });
  }

  expect(call: TaskCall, isAwaited: boolean): void {
    this.#options.desk.streams.expectItems(call, isAwaited);
  }

  isStarted(call: TaskCall): boolean {
    const { desk, directory, mailbox } = this.#options;
    if (desk.held.has(call) || call.number === 0) return false;
    if (call.worker < 0) {
      return this.#options.injection.takerOf(call.number) > 0;
    }
    const slot = directory.slotOf(call.worker);
    if (slot < 0) return true;
    const peer = mailbox.peer(slot);
    // Of a frame that had to wait for room: no earlier than this.
    if (call.mark === -1) call.mark = peer.mark;
    return call.mark !== -1 && peer.hasTaken(call.mark!);
  }

  workerOf(call: Joined): number {
    if (call.worker >= 0 || call.number === 0) return call.worker;
    const taker = this.#options.injection.takerOf(call.number);
    return taker > 0 ? this.#options.directory.workerOf(taker) : -1;
  }

  withdraw(call: TaskCall, reason: unknown, how?: "return" | "throw"): void {
    const { desk, directory, mailbox, injection } = this.#options;
    // What was not sent has ended with that.
    if (desk.held.takeBack(call) || call.number === 0) {
      return call.reject(reason);
    }
    injection.cells.cancel(call.number);
    if (call.isStream) {
      call.isEnding = true;
      desk.streams.expectItems(call, true);
    }
    // Whoever takes it after this look finds that it was given up.
    const worker = this.workerOf(call);
    const slot = worker < 0 ? -1 : directory.slotOf(worker);
    if (slot < 0) return;
    const out = desk.scratch.take();
    out.word(call.number);
    try {
      encode(out, reason, "reason");
    } catch {
      encode(out, new Error(inWords(reason)), "reason");
    }
    out.word(how === "throw" ? 1 : 0);
    mailbox.sendNow(slot, CANCEL, out);
    desk.scratch.give(out);
    if (call.deadline !== undefined && isTimeout(reason)) {
      this.#options.overdue(slot, call.number);
    }
  }

  join(call: Joined, deadline: Deadline): void {
    this.#joins.join(call, deadline);
  }
}
