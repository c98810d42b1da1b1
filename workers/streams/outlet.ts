/**
 * A generator that runs here, and whose items go elsewhere.
 *
 * @module
 */

import { inWords } from "../../codec/in_words.ts";
import { isThenable } from "../../codec/thenable.ts";
import { type AnyIterator, openerOf } from "./iterator_of.ts";

/** Where the items go. */
export interface OutletPort {
  /**
   * Sends an item.
   *
   * @throws {TypeError} If it cannot be sent.
   */
  item(value: unknown): void;
  /** It has returned. */
  done(value: unknown): void;
  /** It has thrown. */
  failed(error: unknown): void;
  /** Runs code of the generator, as part of its task. */
  enter<R>(run: () => R): R;
  /** Whether no code of it may run at this moment; then it is asked later. */
  readonly isBlocked: boolean;
}

type AnyResult = IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>>;

/** A generator, and how much of it is wanted. */
export class Outlet {
  readonly #port: OutletPort;
  #iterator: AnyIterator | undefined;
  #credit: number;
  /** It was asked for something and has not answered. */
  #isBusy = false;
  #isStopped = false;
  #hasEnded = false;
  #isScheduled = false;
  /** Code of it is on the stack. */
  #isRunning = false;

  /** Nothing to run yet, but wanted so much. */
  constructor(port: OutletPort, credit: number) {
    this.#port = port;
    this.#credit = credit;
  }

  /** Starts what a function returned. */
  start(result: unknown): void {
    if (isThenable(result) && openerOf(result) === undefined) {
      this.#isBusy = true;
      Promise.resolve(result).then((iterable) => {
        this.#isBusy = false;
        this.#start(iterable);
      }, (error) => this.#fail(error));
    } else this.#start(result);
  }

  /** Somebody wants so many items more. */
  pull(credit: number): void {
    this.#credit += credit;
    this.#pump();
  }

  /** Nobody wants any more: ends the generator where it is. */
  stop(how: "return" | "throw", reason: unknown): void {
    if (this.#isStopped || this.#hasEnded) return;
    this.#isStopped = true;
    if (this.#iterator === undefined) return; // it ends as soon as it is there
    this.#later(() => this.#stop(how, reason));
  }

  #start(iterable: unknown): void {
    try {
      this.#iterator = this.#enter(() => iteratorOf(iterable));
    } catch (error) {
      return this.#fail(error);
    }
    if (this.#isStopped) this.#stop("return", undefined);
    else this.#pump();
  }

  /** Runs the generator while its items are wanted. */
  readonly #pump = (): void => {
    const iterator = this.#iterator;
    // What runs looks at the credit when it has yielded.
    if (iterator === undefined || this.#isRunning) return;
    while (
      this.#credit > 0 && !this.#isBusy && !this.#isStopped && !this.#hasEnded
    ) {
      if (this.#port.isBlocked) return this.#later(this.#pump);
      let result: AnyResult;
      try {
        result = this.#enter(() => iterator.next());
      } catch (error) {
        return this.#fail(error);
      }
      if (isThenable(result)) return this.#wait(result);
      const { value } = result;
      // As in a loop: promises of a generator that is not async are awaited.
      if (isThenable(value)) {
        const { done = false } = result;
        return this.#wait(
          Promise.resolve(value).then((value) => ({ value, done })),
        );
      }
      this.#took(result);
    }
  };

  #wait(result: PromiseLike<IteratorResult<unknown>>): void {
    this.#isBusy = true;
    Promise.resolve(result).then((result) => {
      this.#isBusy = false;
      this.#took(result);
      this.#pump();
    }, (error) => this.#fail(error));
  }

  #took({ done, value }: IteratorResult<unknown>): void {
    if (this.#hasEnded) return;
    if (done === true) return this.#end(() => this.#port.done(value));
    if (this.#isStopped) return;
    this.#credit--;
    try {
      this.#port.item(value);
    } catch (error) {
      this.#isStopped = true;
      this.#stop("return", undefined, error);
    }
  }

  /** @param failure What it ends with, whatever it returns. */
  #stop(
    how: "return" | "throw",
    reason: unknown,
    ...failure: [] | [unknown]
  ): void {
    const iterator = this.#iterator!;
    const end = () =>
      this.#end(() => {
        if (failure.length > 0) this.#port.failed(failure[0]);
        else this.#port.done(undefined);
      });
    if (this.#hasEnded) return;
    if (iterator[how] === undefined) {
      if (how === "return") return end();
      return this.#fail(reason);
    }
    let result: AnyResult;
    try {
      result = this.#enter(() =>
        (iterator[how] as (reason: unknown) => AnyResult)(reason)
      );
    } catch (error) {
      return this.#fail(error);
    }
    if (!isThenable(result)) return end();
    Promise.resolve(result).then(end, (error) => this.#fail(error));
  }

  #enter<R>(run: () => R): R {
    this.#isRunning = true;
    try {
      return this.#port.enter(run);
    } finally {
      this.#isRunning = false;
    }
  }

  /** Runs something as soon as code of the generator may run. */
  #later(run: () => void): void {
    if (!this.#port.isBlocked && !this.#isRunning) return run();
    if (run === this.#pump) {
      if (this.#isScheduled) return;
      this.#isScheduled = true;
    }
    // A thread that blocks has no microtasks.
    queueMicrotask(() => {
      if (run === this.#pump) this.#isScheduled = false;
      run();
    });
  }

  #fail(error: unknown): void {
    this.#end(() => this.#port.failed(error));
  }

  #end(tell: () => void): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    tell();
  }
}

function iteratorOf(value: unknown): AnyIterator {
  const open = openerOf(value);
  if (open !== undefined) return open();
  throw new TypeError(
    `Cannot stream what the function returned as it is not iterable: expected a generator function, received ${
      inWords(value)
    }`,
  );
}
