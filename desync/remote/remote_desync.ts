/**
 * Objects on workers, as any thread of their runtime uses them.
 *
 * @module
 */

import { aware } from "../../aware/aware.ts";
import { RuntimeClosedError, WorkerLostError } from "../../workers/errors.ts";
import { DesyncFuture } from "../desync_future.ts";
import type { Job, Reference, Suspension, TrySyncResult } from "../ordered.ts";
import { checkJob } from "../ordered_options.ts";
import { SyncFuture } from "../sync_future.ts";
import type { ObjectPlan } from "./host_object.ts";
import type { PlacedDesync } from "./placed_desync.ts";
import { linePortIn } from "./line_port.ts";
import { RemoteCall } from "./remote_call.ts";
import { RemoteLine } from "./remote_line.ts";
import { RemoteSuspension } from "./remote_suspension.ts";

type Given<T> = [ref: Reference<T>];

/**
 * Data on one worker of a runtime, protected by the order of what is done with it: see
 * `Desync.on()`. All threads of the runtime can use it, each by a handle of its own: it can
 * be sent to them.
 *
 * Jobs are portable functions: they use only their arguments and globals, or are exported by
 * a module with `portable()`. Their arguments and results are copied.
 *
 * @typeParam T What the data is.
 */
export class RemoteDesync<T> implements PlacedDesync<T> {
  /** Only for the compiler: it can be sent. */
  declare readonly "~sendable": true;
  readonly #line: RemoteLine;
  #closed: Promise<void> | undefined = undefined;

  static {
    aware(import.meta.url, RemoteDesync, {
      take: (object) => object.#line.plan as never,
      make: (plan: ObjectPlan) =>
        new RemoteDesync(new RemoteLine(plan, linePortIn(plan.runtime))),
    });
  }

  /** Made by `Desync.on()`. */
  constructor(line: RemoteLine) {
    this.#line = line;
  }

  /** The index of its worker. */
  get worker(): number {
    return this.#line.worker;
  }

  /** Whether a job has thrown and so poisoned the object: see `onFailure`. */
  get isPoisoned(): boolean {
    return this.#line.isPoisoned;
  }

  /** Aborted when the object takes no more jobs: it is disposed of, or was found to be lost. */
  get closing(): AbortSignal {
    return this.#line.closing;
  }

  /**
   * Asks for a job and returns at once. What it throws goes to `onError`, or is an unhandled
   * rejection of this thread.
   *
   * @throws {TypeError} If the job is no portable function, or an argument cannot be sent.
   * @throws {DesyncPoisonedError} If an earlier job has poisoned the object.
   * @throws {DesyncClosedError} If the object is disposed of.
   * @throws {WorkerLostError} If its worker is lost, and it is not to be rebuilt.
   * @throws {QueueFullError} If more waits than was reserved for.
   * @throws {RuntimeClosedError} When the runtime is closed.
   */
  desync<A extends readonly unknown[]>(
    job: Job<Given<T>, A, unknown>,
    ...args: A
  ): void {
    checkJob(job);
    this.#line.desync(job, args);
  }

  /**
   * Runs a job after all that were asked for before, and returns its result. Blocks this
   * thread until then; on the worker of the object, runs here and now what waits.
   *
   * A thread that blocks goes on to serve others as in `Task.join()`.
   *
   * @throws What the job threw.
   * @throws {DeadlockError} If it could never run while this thread waits: its worker waits
   * for this thread, or this is its worker, and a job of the object is under way. The job
   * is not run then.
   * @throws {DOMException} Named `TimeoutError`, if the object was made with a `timeout`, and
   * that is over. The job is not run then, unless it has begun.
   * @throws As {@linkcode desync}.
   */
  sync<A extends readonly unknown[], Result>(
    job: Job<Given<T>, A, Result>,
    ...args: A
  ): Awaited<Result> {
    checkJob(job);
    return this.#line.sync(job, args) as Awaited<Result>;
  }

  /**
   * Does the same if no other job runs or waits; does nothing otherwise. It waits for the
   * worker to answer, but for no job.
   *
   * @throws As {@linkcode sync}.
   */
  trySync<A extends readonly unknown[], Result>(
    job: Job<Given<T>, A, Result>,
    ...args: A
  ): TrySyncResult<Awaited<Result>> {
    checkJob(job);
    const ran = this.#line.trySync(job, args);
    if (ran === undefined) return { state: "busy" };
    return { state: "ok", value: ran[0] as Awaited<Result> };
  }

  /**
   * Asks for a job, and gives a promise of its result, by which the job can be given up.
   *
   * @returns Rejected with what the job throws, with its reason if it is cancelled, or with
   * what {@linkcode desync} would throw.
   */
  futureSync<A extends readonly unknown[], Result>(
    job: Job<Given<T>, A, Result>,
    ...args: A
  ): SyncFuture<Awaited<Result>> {
    checkJob(job);
    const call = new RemoteCall(this.#line);
    const future = new SyncFuture<Awaited<Result>>(call);
    this.#orReject(call, () => this.#line.future(call, job, args));
    return future;
  }

  /**
   * Asks for a job that runs in any case, and gives a promise of its result.
   *
   * @returns Rejected with what the job throws, or with what {@linkcode desync} would throw.
   */
  futureDesync<A extends readonly unknown[], Result>(
    job: Job<Given<T>, A, Result>,
    ...args: A
  ): DesyncFuture<Awaited<Result>> {
    checkJob(job);
    const call = new RemoteCall(this.#line);
    const future = new DesyncFuture<Awaited<Result>>(call);
    this.#orReject(call, () => this.#line.future(call, job, args));
    return future;
  }

  /**
   * Asks for a job that gets what a promise of this thread resolves to. The jobs behind it
   * wait for the promise, too, and for as long as this thread is there.
   *
   * @returns Rejected as that of {@linkcode futureDesync}; or as the promise is, and then the
   * job does not run.
   */
  after<Output, A extends readonly unknown[], Result>(
    promise: PromiseLike<Output>,
    job: Job<Given<T>, readonly [output: Output, ...args: A], Result>,
    ...args: A
  ): DesyncFuture<Awaited<Result>> {
    checkJob(job);
    const call = new RemoteCall(this.#line);
    const future = new DesyncFuture<Awaited<Result>>(call);
    this.#orReject(call, () => this.#line.after(call, promise, job, args));
    return future;
  }

  /**
   * Stops behind the jobs that were asked for until now, until it is resumed: by this thread,
   * or when that is gone. A suspension that nobody keeps is resumed when it is
   * garbage-collected.
   *
   * @throws {DesyncClosedError} If the object is disposed of.
   */
  suspend(): Suspension {
    return new RemoteSuspension(this.#line);
  }

  /** Lets jobs run again after one has poisoned the object. Does nothing if none has. */
  clearPoison(): void {
    this.#line.clearPoison();
  }

  /**
   * Takes no more jobs, and waits until all that were asked for are done, and `dispose` at
   * last. Ends suspensions; does not throw if the object is poisoned, or lost. One that is
   * lost and to be rebuilt is made once more, if something is left to be done.
   *
   * @throws What `dispose` throws.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    try {
      await this.#line.close();
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  #orReject(call: RemoteCall, ask: () => void): void {
    try {
      ask();
    } catch (error) {
      call.reject(error);
    }
  }
}

/** Whether an error says that there is nothing left to be disposed of. */
function isGone(error: unknown): boolean {
  return error instanceof WorkerLostError ||
    error instanceof RuntimeClosedError;
}
