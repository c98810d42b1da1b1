/**
 * Streams of results: what a generator on a worker yields.
 *
 * @module
 */

import type { TaskCall } from "../tasks/task_call.ts";
import type { TaskPort } from "../tasks/task_port.ts";
import { Inflow, type ItemSink } from "./inflow.ts";

const NOTHING = () => {};

/**
 * The items that a generator on a worker yields, as an async iterable.
 *
 * It starts at once, and runs ahead by at most 16 items, or as many as `window` of
 * `with()` says, which is also how many wait here; then it waits until some are taken.
 * A wide window is for many small items: fewer messages say that some were taken. Leaving the loop early reaches the
 * generator: its `finally` blocks run, and `currentTask().signal` is aborted.
 *
 * When the worker is lost, or the runtime is closed, the stream throws
 * `WorkerLostError` or `RuntimeClosedError`, after what had arrived.
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const squares = runtime.stream(function* (end: number) {
 *   for (let n = 0; n < end; n++) yield n * n;
 * }, 4);
 * assertEquals(await Array.fromAsync(squares), [0, 1, 4, 9]);
 * ```
 *
 * @typeParam T What it yields.
 */
export class TaskStream<T>
  implements AsyncIterableIterator<T, unknown, undefined>, AsyncDisposable {
  readonly #call: TaskCall;
  readonly #inflow: Inflow;
  #stopping: Promise<unknown> | undefined;

  /** Made by `stream()`, and by methods that are generators. */
  constructor(
    port: TaskPort,
    start: (items: ItemSink) => TaskCall,
    window?: number,
  ) {
    let call: TaskCall | undefined = undefined;
    const inflow = new Inflow({
      ...(window === undefined ? {} : { window }),
      awaited: (isAwaited) => {
        if (call !== undefined) port.expect(call, isAwaited);
      },
      broken: (error) => call?.cancel(error),
    });
    this.#inflow = inflow;
    this.#call = call = start(inflow);
    port.expect(call, false);
    call.promise.then(
      (value) => inflow.end(value),
      (error) => inflow.fail(error),
    );
  }

  /** What it is called in errors. */
  get name(): string {
    return this.#call.name;
  }

  /** The index of the worker that runs it; undefined while that is not decided. */
  get worker(): number | undefined {
    const worker = this.#call.runner;
    return worker < 0 ? undefined : worker;
  }

  /** Resolves, and never rejects, when the generator has ended. */
  get ended(): Promise<void> {
    return this.#call.over;
  }

  /** Waits for the next item. */
  next(): Promise<IteratorResult<T, unknown>> {
    return this.#inflow.next() as Promise<IteratorResult<T, unknown>>;
  }

  /**
   * Ends it early: nothing more is yielded.
   *
   * @returns When the generator has ended.
   * @throws What it throws while it ends.
   */
  async return(value?: unknown): Promise<IteratorResult<T, unknown>> {
    await (this.#stopping ??= this.#stop("return", endedEarly()));
    return { value, done: true };
  }

  /**
   * Ends it early: throws an error where the generator has yielded last.
   *
   * @throws What comes out of it.
   */
  async throw(error?: unknown): Promise<IteratorResult<T, unknown>> {
    if (this.#call.isSettled) {
      this.#inflow.stop();
      this.#inflow.settle();
      throw error;
    }
    await (this.#stopping ??= this.#stop("throw", error));
    return { value: undefined, done: true };
  }

  /**
   * Gives it up: whoever waits for the next item is told at once. It ends as after
   * {@linkcode TaskStream.return}.
   *
   * @param reason What it throws. Default: a `DOMException` named `AbortError`.
   * @returns Whether it was under way.
   */
  cancel(reason?: unknown): boolean {
    const call = this.#call;
    return !call.isSettled && call.cancel(reason ?? call.aborted());
  }

  /** It is its own iterator. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** As {@linkcode TaskStream.return}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** What `Object.prototype.toString` says of it. */
  get [Symbol.toStringTag](): string {
    return "TaskStream";
  }

  async #stop(how: "return" | "throw", reason: unknown): Promise<void> {
    const call = this.#call;
    const inflow = this.#inflow;
    inflow.stop();
    if (call.isSettled) {
      inflow.settle();
      call.promise.catch(NOTHING);
      await call.over;
      return;
    }
    call.stop(reason, how);
    try {
      await call.promise;
    } catch (error) {
      // It was given up before it started.
      if (how === "return" && error === reason) return;
      throw error;
    }
  }
}

/** What `currentTask().signal` of a generator says that is ended early. */
function endedEarly(): DOMException {
  return new DOMException(
    "Cannot yield more as nobody wants it: the stream was ended early",
    "AbortError",
  );
}
