/**
 * The line of an object on a worker, as a thread sees it that asks for jobs.
 *
 * @module
 */

import { decode } from "../../codec/decode.ts";
import { encode, encodeArguments } from "../../codec/encode.ts";
import { inWords } from "../../codec/in_words.ts";
import type { Writer } from "../../codec/writer.ts";
import { FULL, PUSHED } from "../../sync/channel/flavor.ts";
import { DeadlockError } from "../../sync/lock/lock_errors.ts";
import { Deadline } from "../../sync/thread/timeout.ts";
import { perRealm } from "../../sync/thread/realm.ts";
import {
  QueueFullError,
  RuntimeClosedError,
  WorkerLostError,
} from "../../workers/errors.ts";
import type { AnyFunction } from "../../workers/functions/portable.ts";
import { JOB_MAIL, JOBS } from "../../workers/mailbox/frame_kind.ts";
import type { ThreadTasks } from "../../workers/tasks/thread_tasks.ts";
import { closedError, poisonedError } from "../refusals.ts";
import { hostedLine } from "./hosted_objects.ts";
import { hostObject, type ObjectPlan, queueOf } from "./host_object.ts";
import {
  CLEAR,
  CLOSE,
  CONTENT,
  GATE,
  GIVE_UP,
  HEAD,
  IS_TRY,
  JOB,
  keyNumber,
  LIFT,
  NO_CONTENT,
  PLACE,
  REPORT,
} from "./job_frame.ts";
import { type CallHost, RemoteCall } from "./remote_call.ts";
import { OPEN, SharedQueue } from "./shared_queue.ts";

/** The places that this thread has asked for, in all objects. */
const places = perRealm("places", () => ({
  last: 0,
  /** By object: those at which it stands until the event loop of this thread turns. */
  open: new Map<number, Set<number>>(),
  /** Those at which an object is suspended. */
  gates: new Set<number>(),
}));

/** What is asked for, besides a function and its arguments. */
interface Asked {
  /** What it is. */
  readonly kind: number;
  /** Who waits for it here. */
  readonly call?: RemoteCall | undefined;
  /** Its place, if what runs there is sent by itself. */
  readonly place?: number;
  /** How often the owner has rested, where that matters. */
  readonly rest?: number;
}

/** What stands in a job besides its place. */
interface Body {
  readonly job: AnyFunction;
  readonly args: readonly unknown[];
}

/** The line of an object elsewhere. */
export class RemoteLine implements CallHost {
  /** What all threads know of the object. */
  readonly plan: ObjectPlan;
  readonly #port: ThreadTasks;
  readonly #queue: SharedQueue;
  #isCalling = true;
  /** Resolves when the object is there again. */
  #rebuilding: Promise<void> | undefined = undefined;
  /** Why there is no object any more. */
  #loss: WorkerLostError | undefined = undefined;
  #closing: AbortController | undefined = undefined;

  /** Attaches to the line of an object. */
  constructor(plan: ObjectPlan, port: ThreadTasks) {
    this.plan = plan;
    this.#port = port;
    this.#queue = new SharedQueue(queueOf(plan), plan);
  }

  get worker(): number {
    return this.plan.worker;
  }

  get label(): string {
    return `job of '${this.plan.name}'`;
  }

  get isPoisoned(): boolean {
    return this.#queue.isPoisoned;
  }

  /** Aborted when no more jobs are taken. */
  get closing(): AbortSignal {
    if (this.#closing === undefined) {
      this.#closing = new AbortController();
      void this.#watch(this.#closing);
    }
    return this.#closing.signal;
  }

  async #watch(controller: AbortController): Promise<void> {
    if (this.#loss !== undefined) controller.abort(this.#loss);
    const queue = this.#queue;
    while (queue.phase === OPEN) await queue.phaseChanged(OPEN);
    controller.abort(closedError());
  }

  /** Asks for a job for whose result nobody waits. */
  desync(job: AnyFunction, args: readonly unknown[]): void {
    this.#checkOpen();
    this.#ask({ kind: JOB }, { job, args });
  }

  /** Asks for a job for whose result somebody waits. */
  future(call: RemoteCall, job: AnyFunction, args: readonly unknown[]): void {
    this.#checkOpen();
    this.#ask({ kind: JOB, call }, { job, args });
  }

  /** Runs a job after all that were asked for before. */
  sync(job: AnyFunction, args: readonly unknown[]): unknown {
    return this.#runNow({ kind: JOB }, { job, args });
  }

  /** The result of a job, as the only element; undefined: others run or wait. */
  trySync(
    job: AnyFunction,
    args: readonly unknown[],
  ): readonly [unknown] | undefined {
    this.#checkOpen();
    const { rest } = this.#queue;
    if (rest === undefined || !this.#isOwned) return undefined;
    const asked = { kind: JOB | IS_TRY, rest };
    return this.#runNow(asked, { job, args }) as [unknown] | undefined;
  }

  #runNow(asked: Asked, body: Body): unknown {
    this.#checkOpen();
    // Else it would stand in the queue for ever, or until it is of no use any more.
    hostedLine(this.plan.key)?.checkFree("run job");
    if (!this.#isOwned) this.#rebuildNow();
    this.#checkOpenPlaces(places.last);
    const call = new RemoteCall(this);
    this.#ask({ ...asked, call }, body);
    try {
      call.join();
    } catch (error) {
      call.cancel(error);
    }
    const outcome = call.outcome!;
    if (outcome.state === "failed") throw outcome.reason;
    return outcome.value;
  }

  /** Asks for a job that gets what a promise resolves to. */
  after(
    call: RemoteCall,
    promise: PromiseLike<unknown>,
    job: AnyFunction,
    args: readonly unknown[],
  ): void {
    this.#checkOpen();
    const place = this.#openPlace();
    try {
      this.#ask({ kind: PLACE, call, place });
    } catch (error) {
      this.#closePlace(place);
      throw error;
    }
    Promise.resolve(promise).then((output) => {
      this.#closePlace(place);
      try {
        this.#mail(CONTENT, { number: place }, (out) => {
          this.#writeBody(out, { job, args: [output, ...args] });
        });
      } catch (error) {
        this.#leaveEmpty(place, call, error);
      }
    }, (reason) => {
      this.#closePlace(place);
      this.#leaveEmpty(place, call, reason);
    });
  }

  /** A place at which the object stands until the event loop of this thread turns. */
  #openPlace(): number {
    const place = ++places.last;
    const key = keyNumber(this.plan.key);
    const open = places.open.get(key);
    if (open === undefined) places.open.set(key, new Set([place]));
    else open.add(place);
    return place;
  }

  #closePlace(place: number): void {
    const key = keyNumber(this.plan.key);
    const open = places.open.get(key);
    if (open?.delete(place) && open.size === 0) places.open.delete(key);
  }

  /** Throws if what was asked for after a place stands behind an open one. */
  #checkOpenPlaces(place: number): void {
    const open = places.open.get(keyNumber(this.plan.key));
    for (const first of open ?? []) {
      if (first > place) return;
      throw new DeadlockError(
        `Cannot run ${this.label} while this thread is blocked as it stands behind a suspension or an after() of this thread: await a future instead`,
      );
    }
  }

  #leaveEmpty(place: number, call: RemoteCall, reason: unknown): void {
    call.reject(reason);
    this.#mail(NO_CONTENT, { number: place }, (out) => writeAny(out, reason));
  }

  /**
   * Asks the object to stand still.
   *
   * @param reached Is settled when it does.
   * @returns Lets it go on.
   */
  suspend(reached: RemoteCall): () => void {
    this.#checkNotClosed("suspend");
    const place = this.#openPlace();
    try {
      this.#ask({ kind: GATE, call: reached, place });
    } catch (error) {
      this.#closePlace(place);
      throw error;
    }
    places.gates.add(place);
    const lift = () => {
      forget();
      places.gates.delete(place);
      this.#closePlace(place);
      if (this.#isOwned) this.#mail(LIFT, { number: place });
    };
    // Nobody would lift it any more.
    const forget = this.#port.streams.endWith(lift);
    return lift;
  }

  /** Lets jobs run again, from here on. */
  clearPoison(): void {
    if (!this.isPoisoned) return;
    // Whoever asks for something after this call is not refused any more.
    this.#queue.clearPoison();
    this.#ask({ kind: CLEAR });
  }

  /** Asks for the end of the object. */
  close(call: RemoteCall): void {
    const { desk, mailbox, directory } = this.#port.parts;
    this.#queue.close();
    this.#closing?.abort(closedError());
    // It goes on: nobody has to wait for that.
    for (const place of places.open.get(keyNumber(this.plan.key)) ?? []) {
      if (places.gates.has(place)) this.#closePlace(place);
    }
    if (desk.closed || !this.#isOwned) return call.resolve(undefined);
    const slot = directory.slotOf(this.worker);
    call.number = desk.enter(call, slot);
    this.#mail(CLOSE, { asked: call.number });
    mailbox.flush();
  }

  join(call: RemoteCall, deadline: Deadline): void {
    if (call.number === 0 && !call.isSettled) {
      throw new DeadlockError(
        `Cannot wait for ${this.label} while this thread is blocked as its worker has to be replaced: await it instead`,
      );
    }
    if (!call.isSettled) this.#checkOpenPlaces(call.place);
    if (!call.isSettled) hostedLine(this.plan.key)?.runUntilDone(call.number);
    this.#port.join(call, deadline);
  }

  giveUp(call: RemoteCall, reason: unknown): void {
    const { number } = call;
    if (number === 0) return;
    this.#port.parts.injection.cells.cancel(number);
    if (!this.#isOwned) return;
    this.#mail(GIVE_UP, { number }, (out) => writeAny(out, reason));
  }

  report(reason: unknown): void {
    if (this.plan.onError === 0 || !this.#isOwned) {
      return void Promise.reject(reason);
    }
    this.#mail(REPORT, {}, (out) => writeAny(out, reason));
  }

  #checkOpen(): void {
    this.#checkNotClosed("run job");
    const queue = this.#queue;
    if (!queue.isPoisoned) return;
    const { cause } = queue;
    throw poisonedError(cause && decode(cause), "run job");
  }

  #checkNotClosed(action: string): void {
    if (this.#port.parts.desk.closed) throw new RuntimeClosedError(action);
    if (this.#queue.phase !== OPEN) throw closedError(action);
    if (this.#loss !== undefined) throw this.#loss;
  }

  /** Whether the thread lives that has the object. */
  get #isOwned(): boolean {
    const { directory } = this.#port.parts;
    const { worker } = this.plan;
    return directory.slotOf(worker) >= 0 &&
      directory.threadOf(worker) === this.#queue.owner;
  }

  /** Puts something into the queue, and calls the owner. */
  #ask(asked: Asked, body?: Body): void {
    const { desk, mailbox, injection, directory } = this.#port.parts;
    const isOwned = this.#isOwned;
    if (!isOwned) this.#rebuild();
    const { call, place = 0, rest = 0 } = asked;
    if (call !== undefined && call.place === 0) call.place = places.last;
    const slot = directory.slotOf(this.worker);
    const out = desk.scratch.take();
    try {
      out.word(mailbox.slot);
      out.word(mailbox.generation);
      out.word(isOwned ? this.#queue.owner : 0);
      out.word(0);
      out.word(asked.kind);
      out.word(place);
      out.word(rest);
      if (body !== undefined) this.#writeBody(out, body);
      // What cannot stand there, or has nobody yet who could be told that it waits.
      const isApart = body !== undefined &&
        (out.hasAttachments || out.byteLength > LONGEST ||
          (!isOwned && call !== undefined));
      if (isApart) return this.#askApart(asked, out, isOwned);
      if (call !== undefined && isOwned) {
        call.number = out.words[3] = desk.enter(call, slot);
        injection.cells.beginBound(call.number);
      }
      this.#push(out, call, slot);
    } catch (error) {
      out.drop();
      throw error;
    } finally {
      desk.scratch.give(out);
    }
    if (isOwned) this.#call(slot);
  }

  #push(out: Writer, call: RemoteCall | undefined, slot: number): void {
    const pushed = this.#queue.push(out);
    if (pushed === PUSHED) return out.sent();
    if (call !== undefined && call.number !== 0) {
      this.#port.parts.desk.leave(call.number, slot);
      call.number = 0;
    }
    throw pushed === FULL
      ? new QueueFullError(this.label, this.#queue.size)
      : closedError();
  }

  /** Takes a place in the queue for what was written, and sends that by itself. */
  #askApart(asked: Asked, out: Writer, isOwned: boolean): void {
    const place = isOwned ? ++places.last : this.#openPlace();
    const { call } = asked;
    const kind = (asked.kind & IS_TRY) | PLACE;
    const content = out.detach();
    try {
      this.#ask(isOwned ? { ...asked, kind, place } : { kind, place });
    } catch (error) {
      this.#closePlace(place);
      content.drop();
      throw error;
    }
    if (isOwned) return this.#send(CONTENT, { number: place }, content);
    // Only then is there somebody from whom the answer is expected.
    this.#rebuilding!.finally(() => this.#closePlace(place)).then(() => {
      const { desk, injection, directory } = this.#port.parts;
      let number = 0;
      if (call !== undefined && !call.isSettled) {
        number = call.number = desk.enter(call, directory.slotOf(this.worker));
        injection.cells.beginBound(number);
      }
      this.#send(CONTENT, { number: place, asked: number }, content);
    }).catch((error) => {
      content.drop();
      call?.reject(error);
    });
  }

  #writeBody(out: Writer, { job, args }: Body): void {
    out.word(this.#port.parts.functions.numberOf(job));
    encodeArguments(out, args);
  }

  #mail(
    what: number,
    numbers: { number?: number; asked?: number },
    write?: (out: Writer) => void,
  ): void {
    const { scratch } = this.#port.parts.desk;
    const out = scratch.take();
    try {
      for (let k = 0; k < HEAD; k++) out.word(0);
      write?.(out);
      this.#send(what, numbers, out);
    } catch (error) {
      out.drop();
      throw error;
    } finally {
      scratch.give(out);
    }
  }

  /** Sends what was written behind a head to the owner. */
  #send(
    what: number,
    { number = 0, asked = 0 }: { number?: number; asked?: number },
    out: Writer,
  ): void {
    const { mailbox, directory } = this.#port.parts;
    const { generation, place } = this.plan.key;
    out.words.set([what, generation, place, number, asked, 0, 0]);
    const slot = directory.slotOf(this.worker);
    if (slot >= 0) mailbox.sendNow(slot, JOB_MAIL, out);
    else out.drop();
  }

  /** Tells the owner that something waits, unless it knows. */
  #call(slot: number): void {
    const here = hostedLine(this.plan.key);
    if (here !== undefined) return here.serveSoon();
    if (!this.#queue.mustCall()) return;
    const { desk, mailbox } = this.#port.parts;
    const out = desk.scratch.take();
    out.word(this.plan.key.generation);
    out.word(this.plan.key.place);
    mailbox.sendNow(slot, JOBS, out);
    desk.scratch.give(out);
  }

  /** The object is gone with its thread: it is made anew, or never. */
  #rebuild(): void {
    if (this.#rebuilding !== undefined) return;
    const { worker, name, onLoss } = this.plan;
    const port = this.#port;
    if (onLoss === "refuse" || worker >= port.size) {
      this.#loss = new WorkerLostError(
        worker,
        onLoss === "refuse"
          ? `'${name}' is lost with it`
          : `it was taken away, and '${name}' with it`,
        { started: false, label: this.label },
      );
      this.#closing?.abort(this.#loss);
      throw this.#loss;
    }
    const task = port.spawn(hostObject, [this.plan], { worker, name }, {
      isBounded: true,
    });
    this.#rebuilding = (task.promise as Promise<void>)
      .finally(() => this.#rebuilding = undefined);
    this.#rebuilding.catch(() => {}); // whoever waits for a job is told
    this.#made = () => task.join(new Deadline());
  }

  #made: () => unknown = () => {};

  #rebuildNow(): void {
    this.#rebuild();
    this.#made();
  }
}

/** What is longer does not go through the queue. */
const LONGEST = 1 << 16;

/** Writes a value, or what it is in words. */
function writeAny(out: Writer, value: unknown): void {
  try {
    encode(out, value, "reason");
  } catch {
    encode(out, new Error(inWords(value)), "reason");
  }
}
