import { checkTimeout } from "../sync/thread/timeout.ts";
import type { WaitOptions } from "../sync/thread/wait.ts";
import { keepResolve, takeResolve } from "../workers/desk/kept_resolve.ts";

/** What came out of a job. */
export type JobOutcome =
  | { readonly state: "done"; readonly value: unknown }
  | { readonly state: "failed"; readonly reason: unknown };

/** The job of a {@linkcode DesyncFuture}. */
export interface JoinableJob {
  /** Settles its promise: by a promise that is rejected, if it fails. */
  resolves(resolve: (value: unknown) => void): void;
  /** Blocks until it has ended, for so many ms at most. */
  join(timeout: number | undefined): JobOutcome;
  /** Nobody asks for its result. Returns whether it is under way, and so is reported by others if it fails. */
  detach(): boolean;
}

/**
 * The result of a job that runs whether somebody awaits it or not: a promise,
 * which can also be joined. If the job fails and nobody has awaited it, that is
 * an unhandled rejection.
 *
 * @example Usage
 * ```ts
 * import { Desync } from "@kindred/kindred/desync";
 * import { assertEquals } from "@std/assert";
 *
 * const number = new Desync(1);
 * const doubled = number.futureDesync((n) => n.value *= 2);
 * const tripled = number.futureDesync((n) => n.value *= 3);
 * assertEquals(await tripled, 6);
 * assertEquals(await doubled, 2);
 * ```
 *
 * @typeParam Result What the job returns, or what a promise of it resolves to.
 */
export class DesyncFuture<Result> extends Promise<Result> {
  readonly #job: JoinableJob;

  /** Made by `futureDesync()` and `after()`. */
  constructor(job: JoinableJob) {
    super(keepResolve as () => void);
    job.resolves(takeResolve());
    this.#job = job;
  }

  /**
   * Gives the result. Does here what has to be done before, or blocks this thread
   * until another one has done it. Jobs that were asked for later are not waited
   * for.
   *
   * @example Usage
   * ```ts
   * import { Desync } from "@kindred/kindred/desync";
   * import { assertEquals } from "@std/assert";
   *
   * const list = new Desync<string[]>([]);
   * list.desync((l) => l.value.push("a"));
   * const length = list.futureDesync((l) => l.value.length);
   * list.desync((l) => l.value.push("b"));
   * assertEquals(length.join(), 1);
   * ```
   *
   * @throws What the job threw, or why it did not run.
   * @throws {DeadlockError} If it can never end while this thread waits.
   * @throws {DOMException} Named `TimeoutError`, if the time is up. The job goes
   * on.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  join(options: WaitOptions = {}): Result {
    checkTimeout(options.timeout, "join job");
    const outcome = this.#job.join(options.timeout);
    if (outcome.state === "done") return outcome.value as Result;
    this.catch(IGNORE); // the failure is known from here on
    throw outcome.reason;
  }

  /**
   * Nobody will ask for the result: a failure is reported as that of a job of
   * `desync()` is. Does nothing if the job has ended.
   *
   * @example Usage
   * ```ts
   * import { Desync } from "@kindred/kindred/desync";
   * import { assertEquals } from "@std/assert";
   *
   * const errors: unknown[] = [];
   * const list = new Desync([1], { onError: (error) => errors.push(error) });
   * list.futureDesync(() => {
   *   throw "failed";
   * }).detach();
   * list.sync((l) => l.value.pop());
   * assertEquals(errors, ["failed"]);
   * ```
   */
  detach(): void {
    if (this.#job.detach()) this.catch(IGNORE);
  }

  /** What `Object.prototype.toString` says of it. */
  override get [Symbol.toStringTag](): string {
    return "DesyncFuture";
  }
}

function IGNORE(): void {}

// What is made of a future, by `then()` say, is a promise and no future. And `await`
// takes a promise as it is only if this says so.
Object.defineProperty(DesyncFuture.prototype, "constructor", {
  value: Promise,
  writable: true,
  configurable: true,
});
