/**
 * What everything has that runs jobs one at a time, in the order in which they
 * were asked for: on this thread or on a worker, with data or without.
 *
 * @module
 */

import type { DesyncFuture } from "./desync_future.ts";
import type { SyncFuture } from "./sync_future.ts";

/**
 * The data of an object while one of its jobs runs. It is the object's own, and
 * of no use after the job.
 *
 * @typeParam T What the data is.
 */
export interface Reference<T> {
  /** The data: jobs may change it, or put something else in its place. */
  value: T;
  /**
   * Aborted when the job that is under way is given up by whoever waits for it:
   * {@linkcode SyncFuture.cancel}. The object is the job's until it ends.
   */
  readonly signal: AbortSignal;
}

/**
 * A job: gets what its object gives to each (the reference to its data, or
 * nothing), and then the arguments. Where it returns a promise, the next job waits for that.
 */
export type Job<
  Given extends readonly unknown[],
  Arguments extends readonly unknown[],
  Result,
> = (...args: [...Given, ...Arguments]) => Result;

/** What comes out of {@linkcode Ordered.trySync}. */
export type TrySyncResult<Result> =
  | { readonly state: "ok"; readonly value: Result }
  | { readonly state: "busy" };

/** A stop between two jobs; resumed when disposed of. */
export interface Suspension extends Disposable {
  /**
   * Resolves when the jobs before are done and the object stands still, or when
   * the suspension is over.
   */
  readonly reached: Promise<void>;
  /** Lets the jobs behind go on. Once is enough. */
  resume(): void;
}

/**
 * What becomes of an object when one of its jobs throws: it goes on with the next
 * job, or is poisoned. Then the jobs that wait do not run, and all who wait for
 * them, and all who come later, get a `DesyncPoisonedError` with the error as its cause.
 */
export type FailurePolicy = "continue" | "poison";

/** Options of everything that runs jobs in order. */
export interface OrderedOptions<
  Given extends readonly unknown[] = readonly never[],
> {
  /** What becomes of the object when a job throws. Default: `"continue"`. */
  readonly onFailure?: FailurePolicy;
  /**
   * Gets what jobs throw that nobody waits for. Default: it is an unhandled
   * rejection, as of any promise.
   */
  readonly onError?: (error: unknown) => void;
  /** The last job, when the object is disposed of: it also runs if it is poisoned. */
  readonly dispose?: Job<Given, [], unknown>;
}

/**
 * Runs jobs one at a time, in the order in which they were asked for. The order
 * is fixed when a method returns, whichever method it is.
 *
 * @typeParam Given What each job gets in front of its arguments.
 */
export interface Ordered<Given extends readonly unknown[]>
  extends AsyncDisposable {
  /** Whether a job has thrown, and {@linkcode OrderedOptions.onFailure} is `"poison"`. */
  readonly isPoisoned: boolean;
  /** Aborted when no more jobs are taken, as the object is disposed of or lost: the reason says which. */
  readonly closing: AbortSignal;

  /**
   * Asks for a job and returns at once. It runs soon, and never before this
   * returns.
   *
   * @throws {DesyncPoisonedError} If an earlier job has poisoned the object.
   * @throws {DesyncClosedError} If the object is disposed of.
   */
  desync<A extends readonly unknown[]>(
    job: Job<Given, A, unknown>,
    ...args: A
  ): void;

  /**
   * Runs a job after all that were asked for before, and returns its result.
   *
   * @throws What the job threw.
   * @throws {DeadlockError} If it could never run while this thread waits.
   * @throws {DesyncPoisonedError} If an earlier job has poisoned the object.
   * @throws {DesyncClosedError} If the object is disposed of.
   */
  sync<A extends readonly unknown[], Result>(
    job: Job<Given, A, Result>,
    ...args: A
  ): Awaited<Result>;

  /**
   * Does the same if no other job runs or waits; does nothing otherwise.
   *
   * @throws What the job threw.
   * @throws {DesyncPoisonedError} If an earlier job has poisoned the object.
   * @throws {DesyncClosedError} If the object is disposed of.
   */
  trySync<A extends readonly unknown[], Result>(
    job: Job<Given, A, Result>,
    ...args: A
  ): TrySyncResult<Awaited<Result>>;

  /**
   * Asks for a job, and gives a promise of its result, by which the job can be
   * given up. Rejected where {@linkcode sync} would throw.
   */
  futureSync<A extends readonly unknown[], Result>(
    job: Job<Given, A, Result>,
    ...args: A
  ): SyncFuture<Awaited<Result>>;

  /**
   * Asks for a job that runs in any case, and gives a promise of its result.
   * Rejected where {@linkcode sync} would throw.
   */
  futureDesync<A extends readonly unknown[], Result>(
    job: Job<Given, A, Result>,
    ...args: A
  ): DesyncFuture<Awaited<Result>>;

  /**
   * Asks for a job that gets what a promise resolves to. The jobs behind it wait
   * for the promise, too. If it is rejected, the job does not run, and that
   * is its result.
   */
  after<Output, A extends readonly unknown[], Result>(
    promise: PromiseLike<Output>,
    job: Job<Given, readonly [output: Output, ...args: A], Result>,
    ...args: A
  ): DesyncFuture<Awaited<Result>>;

  /** Stops behind the jobs that were asked for until now, until it is resumed. */
  suspend(): Suspension;

  /**
   * Goes on after a failure; to be called when the data is repaired. Does nothing
   * if the object is not poisoned.
   */
  clearPoison(): void;

  /**
   * Takes no more jobs, and waits until all that were asked for are done. Ends
   * suspensions; does not throw if the object is poisoned.
   */
  [Symbol.asyncDispose](): Promise<void>;
}
