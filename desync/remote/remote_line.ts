/**
 * The line of an object on a worker, as a thread sees it that asks for jobs.
 *
 * @module
 */

import { decode } from "../../codec/decode.ts";
import { encode } from "../../codec/encode.ts";
import { inWords } from "../../codec/in_words.ts";
import type { Writer } from "../../codec/writer.ts";
import { DeadlockError } from "../../sync/lock/lock_errors.ts";
import type { ThreadId } from "../../sync/thread/thread.ts";
import { Deadline } from "../../sync/thread/timeout.ts";
import { RuntimeClosedError } from "../../workers/errors.ts";
import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { ThreadTasks } from "../../workers/tasks/thread_tasks.ts";
import { closedError, poisonedError } from "../refusals.ts";
import {
  type Asked,
  type AskedOf,
  Asking,
  type Body,
  writeBody,
} from "./asking.ts";
import { endOf } from "./end_of.ts";
import type { ObjectPlan } from "./host_object.ts";
import {
  CLEAR,
  CONTENT,
  GATE,
  GIVE_UP,
  IS_OPEN,
  IS_TRY,
  JOB,
  LIFT,
  NO_CONTENT,
  NOBODY,
  PLACE,
  REPORT,
} from "./job_frame.ts";
import {
  checkPlaces,
  closePlace,
  lastPlace,
  openPlace,
} from "./open_places.ts";
import { type MailHead, OwnerLink } from "./owner_link.ts";
import { Rebuilding } from "./rebuilding.ts";
import { type CallHost, RemoteCall } from "./remote_call.ts";
import { OPEN } from "./shared_queue.ts";

/** What most joins have. */
const ENDLESS = new Deadline();

/** The line of an object elsewhere. */
export class RemoteLine implements CallHost {
  readonly #link: OwnerLink;
  readonly #rebuilding: Rebuilding;
  readonly #asking: Asking;
  readonly #gates = new Set<() => void>();
  readonly label: string;
  #closing: AbortController | undefined = undefined;

  /** Attaches to the line of an object. */
  constructor(plan: ObjectPlan, port: ThreadTasks) {
    this.label = `job of '${plan.name}'`;
    this.#link = new OwnerLink(plan, port);
    this.#rebuilding = new Rebuilding(this.#link);
    this.#asking = new Asking(this.#link, this.#rebuilding, this.label);
  }

  /** What all threads know of the object. */
  get plan(): ObjectPlan {
    return this.#link.plan;
  }

  get worker(): number {
    return this.plan.worker;
  }

  get isPoisoned(): boolean {
    return this.#link.queue.isPoisoned;
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
    const { loss } = this.#rebuilding;
    if (loss !== undefined) controller.abort(loss);
    const { queue } = this.#link;
    while (queue.phase === OPEN) await queue.phaseChanged(OPEN);
    controller.abort(closedError());
  }

  /** Asks for a job for whose result nobody waits. */
  desync(job: AnyFunction, args: readonly unknown[]): void {
    this.#checkOpen();
    const { slot, parts } = this.#link;
    const fn = parts.functions.numberOf(job);
    if (slot < 0) this.#ask({ kind: JOB }, { fn, args });
    else if (!this.#asking.job(slot, fn, args)) {
      this.#telling(() => this.#rebuilding.begin());
    }
  }

  /** Asks for a job for whose result somebody waits. */
  future(call: RemoteCall, job: AnyFunction, args: readonly unknown[]): void {
    this.#checkOpen();
    this.#ask({ kind: JOB, call }, this.#body(job, args));
  }

  /** Runs a job after all that were asked for before. */
  sync(job: AnyFunction, args: readonly unknown[]): unknown {
    this.#checkOpen();
    return this.#runNow(JOB, 0, this.#body(job, args));
  }

  /** The result of a job, as the only element; undefined: others run or wait. */
  trySync(
    job: AnyFunction,
    args: readonly unknown[],
  ): readonly [unknown] | undefined {
    this.#checkOpen();
    const { queue, slot } = this.#link;
    const { allDone } = queue;
    if (allDone === undefined || slot < 0) return undefined;
    const body = this.#body(job, args);
    return this.#runNow(JOB | IS_TRY, allDone, body) as [unknown] | undefined;
  }

  #runNow(kind: number, before: number, body: Body): unknown {
    const link = this.#link;
    // Else it would stand in the queue for ever, or until it is of no use any more.
    link.here?.checkFree("run job");
    checkPlaces(link.plan.key, lastPlace(), this.label);
    const call = new RemoteCall(this);
    const asked = { kind, before, call };
    try {
      // It may go, or be lost, right before it is asked.
      while (!this.#asking.askOwner(asked, body)) {
        if ((kind & IS_TRY) !== 0) return undefined;
        this.#rebuilding.wait(this.plan.timeout);
      }
      call.join();
    } catch (error) {
      this.#tellLoss();
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
    const settled = Promise.resolve(promise);
    settled.catch(() => {}); // whoever awaits the job is told, if it is taken
    this.#checkOpen();
    const { fn } = this.#body(job, args);
    const { place, owner } = this.#askOpen(PLACE | IS_OPEN, call);
    const link = this.#link;
    const close = async (tell: (head: MailHead) => void) => {
      closePlace(link.plan.key, place);
      if (typeof owner !== "number") await owner.whenThere;
      tell({ number: place, to: threadOf(owner) });
    };
    const leaveEmpty = (head: MailHead, reason: unknown) => {
      call.reject(reason);
      link.mail(NO_CONTENT, head, (out) => writeAny(out, reason));
    };
    settled.then((output) =>
      close((head) => {
        if (call.isSettled) return link.mail(LIFT, head);
        const body = { fn, args: [output, ...args] };
        const given = { call, callbacks: link.parts.desk.callbacks };
        try {
          link.mail(CONTENT, head, (out) => writeBody(out, body, given));
        } catch (error) {
          leaveEmpty(head, error);
        }
      }), (reason) => close((head) => leaveEmpty(head, reason)));
  }

  /**
   * Asks the object to stand still.
   *
   * @param reached Is settled when it does.
   * @returns Lets it go on.
   */
  suspend(reached: RemoteCall): () => void {
    this.#checkNotClosed("suspend");
    const { place, owner } = this.#askOpen(GATE, reached);
    const link = this.#link;
    const forget = () => {
      this.#gates.delete(forget);
      forgetEnd();
      closePlace(link.plan.key, place);
    };
    const lift = () => {
      forget();
      const to = threadOf(owner);
      // As long as nobody was told of it, it is over by that.
      if (to === NOBODY) reached.resolve(undefined);
      else link.mail(LIFT, { number: place, to });
    };
    this.#gates.add(forget);
    // At the end of the runtime nobody would lift it.
    const forgetEnd = link.port.streams.endWith(lift);
    return lift;
  }

  /** Asks for a place that stays open for now. Returns its number, and of whom it was asked. */
  #askOpen(
    kind: number,
    call: RemoteCall,
  ): { readonly place: number; readonly owner: AskedOf } {
    const { key } = this.plan;
    const place = openPlace(key);
    try {
      return { place, owner: this.#ask({ kind, call, place }) };
    } catch (error) {
      closePlace(key, place);
      throw error;
    }
  }

  /** Lets jobs run again, from here on. */
  clearPoison(): void {
    if (!this.isPoisoned) return;
    // Whoever asks for something after this call is not refused any more.
    this.#link.queue.clearPoison();
    this.#ask({ kind: CLEAR });
  }

  /** Asks for the end of the object. Resolves when nobody has it any more. */
  close(): Promise<void> {
    this.#link.queue.close();
    this.#closing?.abort(closedError());
    // It goes on: nobody has to wait for that.
    for (const forget of this.#gates) forget();
    return endOf(this.#link);
  }

  join(call: RemoteCall, timeout: number = this.plan.timeout): void {
    if (call.number === 0) {
      throw new DeadlockError(
        `Cannot wait for ${this.label} while this thread is blocked as its worker has to be replaced: await it instead`,
      );
    }
    const { plan, here, port } = this.#link;
    checkPlaces(plan.key, call.place, this.label);
    here?.runUntilDone(call.number);
    port.join(call, timeout === Infinity ? ENDLESS : new Deadline(timeout));
  }

  giveUp({ number }: RemoteCall, reason: unknown): void {
    if (number === 0) return;
    const { slot, parts: { injection } } = this.#link;
    injection.cells.cancel(number);
    if (slot < 0) return;
    this.#link.mail(GIVE_UP, { number }, (out) => writeAny(out, reason));
  }

  report(reason: unknown): void {
    if (this.plan.onError === 0 || this.#link.slot < 0) {
      return void Promise.reject(reason);
    }
    this.#link.mail(REPORT, {}, (out) => writeAny(out, reason));
  }

  #checkOpen(): void {
    this.#checkNotClosed("run job");
    const { queue } = this.#link;
    if (!queue.isPoisoned) return;
    const { cause } = queue;
    throw poisonedError(cause && decode(cause), "run job");
  }

  #checkNotClosed(action: string): void {
    const { parts, queue } = this.#link;
    if (parts.desk.closed) throw new RuntimeClosedError(action);
    if (queue.phase !== OPEN) throw closedError(action);
    const { loss } = this.#rebuilding;
    if (loss !== undefined) throw loss;
  }

  #body(job: AnyFunction, args: readonly unknown[]): Body {
    return { fn: this.#link.parts.functions.numberOf(job), args };
  }

  #ask(asked: Asked, body?: Body): AskedOf {
    return this.#telling(() => this.#asking.ask(asked, body));
  }

  /** Asks for something. If the object turns out to be lost for good, it is closed. */
  #telling<R>(ask: () => R): R {
    try {
      return ask();
    } catch (error) {
      this.#tellLoss();
      throw error;
    }
  }

  #tellLoss(): void {
    const { loss } = this.#rebuilding;
    if (loss !== undefined) this.#closing?.abort(loss);
  }
}

/** Who has got what was asked; nobody yet, if that one was still to be made. */
function threadOf(owner: AskedOf): ThreadId {
  return typeof owner === "number" ? owner : owner.thread;
}

/** Writes a value, or what it is in words. */
function writeAny(out: Writer, value: unknown): void {
  try {
    encode(out, value, "reason");
  } catch {
    encode(out, new Error(inWords(value)), "reason");
  }
}
