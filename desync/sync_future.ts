import { checkSignal } from "./ordered_options.ts";
import { keepResolve, takeResolve } from "../workers/desk/kept_resolve.ts";

/** The job of a {@linkcode SyncFuture}. */
export interface CancellableJob {
  /** Settles its promise: by a promise that is rejected, if it fails. */
  resolves(resolve: (value: unknown) => void): void;
  /** Gives it up, if it is under way: rejects its promise. Returns whether it was. */
  cancel(reason: unknown): boolean;
}

/**
 * The result of a job that somebody waits for: a promise, which can be given up.
 * `using` gives it up at the end of its block.
 *
 * @example Usage
 * ```ts
 * import { Desync } from "@kindred/kindred/desync";
 * import { assertEquals } from "@std/assert";
 *
 * const number = new Desync(1);
 * assertEquals(await number.futureSync((n) => n.value + 1), 2);
 * ```
 *
 * @typeParam Result What the job returns, or what a promise of it resolves to.
 */
export class SyncFuture<Result> extends Promise<Result> implements Disposable {
  readonly #job: CancellableJob;
  readonly #resolve: (value: unknown) => void;

  /** Made by `futureSync()`. */
  constructor(job: CancellableJob) {
    super(keepResolve as () => void);
    this.#resolve = takeResolve();
    job.resolves(this.#resolve);
    this.#job = job;
  }

  /**
   * Gives the job up: the promise is rejected at once. If the job has not
   * started, it never does; if it runs, its {@linkcode Reference.signal} is aborted,
   * and the next job waits until it has ended.
   *
   * @example Usage
   * ```ts
   * import { Desync } from "@kindred/kindred/desync";
   * import { assert, assertEquals, assertRejects } from "@std/assert";
   *
   * const number = new Desync(1);
   * const job = number.futureSync((n) => n.value++);
   * assert(job.cancel());
   * await assertRejects(() => job.then(), DOMException, "cancelled");
   * assertEquals(number.sync((n) => n.value), 1);
   * ```
   *
   * @param reason What the promise is rejected with. Default: a `DOMException`
   * named `AbortError`.
   * @returns Whether it was under way.
   */
  cancel(reason?: unknown): boolean {
    // If nobody awaits it: it was somebody's will.
    const isCancelled = this.#job.cancel(
      reason ?? new DOMException("The job was cancelled", "AbortError"),
    );
    if (isCancelled) this.catch(() => {});
    return isCancelled;
  }

  /**
   * Gives the job up when a signal is aborted, with its reason.
   *
   * @example Usage
   * ```ts
   * import { Desync } from "@kindred/kindred/desync";
   * import { assertRejects } from "@std/assert";
   *
   * const number = new Desync(1);
   * using _pause = number.suspend();
   * const controller = new AbortController();
   * const { signal } = new Request("http://localhost", controller);
   * const value = number.futureSync((n) => n.value).cancelOn(signal);
   * controller.abort(); //                            the client has gone
   * await assertRejects(() => value.then(), DOMException);
   * ```
   *
   * @returns Itself.
   * @throws {TypeError} If the signal is none.
   */
  cancelOn(signal: AbortSignal): this {
    checkSignal("give job up", signal);
    const cancel = () => void this.cancel(signal.reason);
    if (signal.aborted) cancel();
    else {
      signal.addEventListener("abort", cancel, { once: true });
      this.#job.resolves((value) => {
        signal.removeEventListener("abort", cancel);
        this.#resolve(value);
      });
    }
    return this;
  }

  /** Gives the job up, unless it has ended. */
  [Symbol.dispose](): void {
    this.cancel();
  }

  /** What `Object.prototype.toString` says of it. */
  override get [Symbol.toStringTag](): string {
    return "SyncFuture";
  }
}

// As of a DesyncFuture.
Object.defineProperty(SyncFuture.prototype, "constructor", {
  value: Promise,
  writable: true,
  configurable: true,
});
