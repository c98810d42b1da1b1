/**
 * Tasks on threads: how one thread of a runtime spawns, cancels and joins them.
 *
 * @module
 */

import { encode } from "../../codec/encode.ts";
import { inWords } from "../../codec/in_words.ts";
import type { Writer } from "../../codec/writer.ts";
import { DeadlockError } from "../../sync/lock/lock_errors.ts";
import { type Deadline, timeoutError } from "../../sync/thread/timeout.ts";
import { STARTER } from "../control.ts";
import type { Desk, Directory } from "../desk.ts";
import { isTimeout, QueueFullError, RuntimeClosedError } from "../errors.ts";
import { CALL, CANCEL, TASK } from "../frame_kind.ts";
import type { FunctionStore } from "../functions/function_store.ts";
import type { AnyFunction } from "../functions/portable.ts";
import { type Injection, NORMAL, URGENT } from "../injection.ts";
import type { Mailbox } from "../mailbox.ts";
import type { ItemSink } from "../streams/inflow.ts";
import { OpenStreams } from "../streams/open_streams.ts";
import { TaskStream } from "../streams/task_stream.ts";
import { ANY_WORKER, SOMETHING, type WaitTable } from "../wait_table.ts";
import { workerForKey } from "./placement.ts";
import type { PlacedOptions, SpawnOptions } from "./spawn_options.ts";
import { TaskCall, type TaskPort } from "./task_call.ts";
import { enterTask } from "./task_context.ts";
import { encodeHead } from "./task_frame.ts";

/** What the tasks of a thread need. */
export interface ThreadTasksOptions {
  /** Sends the frames. */
  readonly desk: Desk;
  /** Who the workers are. */
  readonly directory: Directory;
  /** Blocks this thread. */
  readonly mailbox: Mailbox;
  /** The functions of the runtime. */
  readonly functions: FunctionStore;
  /** The unbound tasks of the runtime. */
  readonly injection: Injection;
  /** Who blocks, and for whom. */
  readonly waits: WaitTable;
  /** How many tasks may wait for any worker, and for each one. */
  readonly maxQueued: number;
  /** The time of a task is up that a worker in a slot has. */
  readonly overdue: (slot: number, number: number) => void;
  /**
   * The task that runs here is about to block, and lets others have their turn;
   * what this returns is called when it goes on.
   */
  readonly pause?: () => () => void;
  /** Looks whether a thread is lost for which this one waits, without waiting. */
  readonly lookForTheLost: () => void;
}

const NOTHING = () => {};

/** The tasks that a thread spawns. */
export class ThreadTasks implements TaskPort {
  /** The streams that this thread has opened. */
  readonly streams: OpenStreams = new OpenStreams();
  readonly #options: ThreadTasksOptions;

  /** No tasks yet. */
  constructor(options: ThreadTasksOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#options.directory.size;
  }

  spawn(
    fn: AnyFunction,
    args: readonly unknown[],
    options: PlacedOptions,
    items?: ItemSink,
  ): TaskCall {
    const { desk, functions } = this.#options;
    if (options.key !== undefined || options.near !== undefined) {
      options = this.#placed(options);
    }
    const call = new TaskCall(this, fn, options);
    call.items = items;
    const { signal, timeout } = options;
    if (desk.closed) {
      call.reject(new RuntimeClosedError(`start ${call.label}`));
      return call;
    }
    if (signal?.aborted) {
      call.withdraw(signal.reason);
      return call;
    }
    const { maxQueued } = this.#options;
    if (maxQueued < Infinity && options.isBounded !== true) {
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
      encodeHead(out, number, call.deadline, options, items !== undefined);
      const takeBack = desk.encodeArguments(out, args, call);
      if (takeBack !== undefined) call.over.then(takeBack);
      if (call.worker < 0) this.#place(out, call, options);
      else desk.send(TASK, out, call);
      if (timeout !== undefined || signal !== undefined) call.watch();
      if (items !== undefined) this.streams.add(call);
    } catch (error) {
      call.reject(error);
    } finally {
      desk.scratch.give(out);
    }
    return call;
  }

  /** Binds a task to the worker that its key or node asks for. */
  #placed(options: PlacedOptions): PlacedOptions {
    const { worker, key, near } = options;
    if (worker !== undefined) return options;
    return {
      ...options,
      worker: key === undefined
        ? this.#options.desk.pick(near)
        : workerForKey(key, this.size),
    };
  }

  /** How many tasks wait where this one would. */
  #queued({ worker }: TaskCall): number {
    const { desk, injection } = this.#options;
    return worker < 0 ? injection.size + injection.staged : desk.loadOf(worker);
  }

  /** Any worker may run it, unless something goes beside its frame. */
  #place(out: Writer, call: TaskCall, options: SpawnOptions): void {
    const { desk, injection } = this.#options;
    const priority = options.priority === "urgent" ? URGENT : NORMAL;
    if (!out.hasAttachments && out.byteLength <= injection.longest(priority)) {
      return desk.sendUnbound(priority, out, call);
    }
    call.worker = desk.pick();
    desk.send(TASK, out, call);
  }

  /** Calls a method that is a generator. */
  stream(
    label: string,
    [worker, family, method]: readonly [number, number, number],
    args: readonly unknown[],
  ): TaskStream<unknown> {
    return new TaskStream(this, (items) => {
      const options = { worker, name: label };
      const call = new TaskCall(this, NOTHING, options);
      call.items = items;
      const { desk } = this.#options;
      if (desk.closed) {
        call.reject(new RuntimeClosedError(`start ${call.label}`));
        return call;
      }
      const out = desk.scratch.take();
      try {
        out.word(0);
        out.word(family);
        out.word(method);
        const takeBack = desk.encodeArguments(out, args, call);
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
    this.#options.desk.expectItems(call, isAwaited);
  }

  isStarted(call: TaskCall): boolean {
    const { desk, directory, mailbox } = this.#options;
    if (desk.isHeld(call) || call.number === 0) return false;
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

  workerOf(call: TaskCall): number {
    if (call.worker >= 0 || call.number === 0) return call.worker;
    const taker = this.#options.injection.takerOf(call.number);
    return taker > 0 ? this.#options.directory.workerOf(taker) : -1;
  }

  withdraw(call: TaskCall, reason: unknown, how?: "return" | "throw"): void {
    const { desk, directory, mailbox, injection } = this.#options;
    // What was not sent has ended with that.
    if (desk.takeHeld(call) || call.number === 0) return call.reject(reason);
    injection.cells.cancel(call.number);
    if (call.items !== undefined) {
      call.isEnding = true;
      desk.expectItems(call, true);
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

  join(call: TaskCall, deadline: Deadline): void {
    const { mailbox, waits } = this.#options;
    const end = call.deadline === undefined ? undefined : call;
    const isEndless = deadline.timeout === Infinity && end === undefined;
    let target = isEndless ? this.#targetOf(call) : SOMETHING;
    const former = waits.enter(mailbox.slot, target);
    const task = enterTask(undefined);
    const goOn = this.#options.pause?.();
    const { callbacks } = this.#options.desk;
    const endless = isEndless ? call : undefined;
    callbacks.enterJoin(endless);
    try {
      mailbox.block({
        isOver: () => call.isSettled || (end?.expireIfLate() ?? false),
        deadline: end === undefined ? deadline : end.earlier(deadline),
        beforeSleep: () => {
          if (!isEndless) return;
          // What was kept for a worker was sent to the next one meanwhile.
          const next = this.#targetOf(call);
          if (next !== target) waits.enter(mailbox.slot, target = next);
          this.#checkDeadlock(call);
        },
        afterSleep: () => this.#options.lookForTheLost(),
      });
    } finally {
      goOn?.();
      enterTask(task);
      callbacks.leaveJoin(endless);
      waits.leave(mailbox.slot, former);
    }
    if (call.isSettled || end?.expireIfLate()) return;
    if (this.#options.desk.closed) {
      throw new RuntimeClosedError(`join ${call.label}`);
    }
    throw timeoutError(`join ${call.label}`, deadline.timeout);
  }

  /** Who has the task, or has to see to it that somebody gets it. */
  #targetOf(call: TaskCall): number {
    const { desk, directory } = this.#options;
    if (desk.isHeld(call)) return STARTER;
    const worker = this.workerOf(call);
    if (worker < 0) return ANY_WORKER;
    const slot = directory.slotOf(worker);
    return slot < 0 ? SOMETHING : slot;
  }

  #checkDeadlock(call: TaskCall): void {
    const { mailbox, waits } = this.#options;
    const closer = this.#workers().length === 0 && this.workerOf(call) < 0
      ? mailbox.slot
      : waits.closerOf(mailbox.slot, () => this.#workers());
    if (closer < 0) return;
    if (closer !== mailbox.slot) {
      // It is to look again, now that this thread sleeps.
      return mailbox.peer(closer).bell.ringForMail(mailbox.slot);
    }
    throw new DeadlockError(
      `Cannot join ${call.label} as it waits for this thread: ${
        this.#whyStuck(call)
      }`,
    );
  }

  #whyStuck(call: TaskCall): string {
    const worker = this.workerOf(call);
    if (worker < 0) {
      return this.#workers().length === 0
        ? "workers have to be replaced by the starting thread, which blocks"
        : "all workers block, and it may not run while one does";
    }
    return this.#options.desk.isHeld(call)
      ? `worker ${worker} has to be replaced by the starting thread, which blocks`
      : `worker ${worker} has it and blocks`;
  }

  #workers(): number[] {
    const { directory } = this.#options;
    const slots: number[] = [];
    for (let worker = 0; worker < directory.size; worker++) {
      const slot = directory.slotOf(worker);
      if (slot >= 0) slots.push(slot);
    }
    return slots;
  }
}
