/**
 * Running a batch: one function, for one item after the other.
 *
 * @module
 */

import type { AnyFunction } from "../functions/portable.ts";
import { isThenable } from "../../codec/thenable.ts";
import type { BatchResults } from "./batch_frame.ts";

/** Once it took so long no further item is started, in ms: others may be free. */
const LONGEST = 1;

/** Who is told what a batch comes to. */
export interface BatchPort {
  /** Whether nobody waits for it any more. */
  readonly isGivenUp: boolean;
  /** Runs code of the function, as part of its task. */
  enter<R>(run: () => R): R;
  /** All that was started has ended well. */
  done(results: BatchResults): void;
  /**
   * One item has ended well, and others take their time.
   *
   * @throws {TypeError} If the value cannot be sent.
   */
  part(index: number, value: unknown): void;
  /** One item has failed, and those that were started besides are to end. */
  stop(error: unknown): void;
  /** One item has failed, and all that was started has ended. */
  failed(error: unknown): void;
}

/** Runs a function for each item, until that takes long. */
export function runBatch(
  run: AnyFunction,
  items: readonly unknown[],
  port: BatchPort,
): void {
  const start = performance.now();
  const values: unknown[] = [];
  let waits = 0;
  let failure: Failure | undefined;
  port.enter(() => {
    try {
      for (const item of items) {
        const value = run(item);
        if (isThenable(value)) waits++;
        values.push(value);
        if (port.isGivenUp || performance.now() - start >= LONGEST) return;
      }
    } catch (error) {
      failure = { error };
    }
  });
  if (waits > 0) {
    return new Awaited({ port, values, start, waits, failure }).wait();
  }
  if (failure !== undefined) return port.failed(failure.error);
  port.done({ values, elapsed: performance.now() - start });
}

interface Failure {
  readonly error: unknown;
}

interface Started {
  readonly port: BatchPort;
  /** What the function returned for each item that was started. */
  readonly values: unknown[];
  readonly start: number;
  /** How many of these are promises. */
  readonly waits: number;
  readonly failure: Failure | undefined;
}

/** The items of a batch that were started, some of which take their time. */
class Awaited {
  readonly #port: BatchPort;
  readonly #values: unknown[];
  readonly #start: number;
  /** Which of them have ended and were not told, in no fixed order. */
  readonly #ended = new Set<number>();
  #waits: number;
  #failure: Failure | undefined;
  /** Results are told as they come. */
  #isLate = false;

  constructor({ port, values, start, waits, failure }: Started) {
    this.#port = port;
    this.#values = values;
    this.#start = start;
    this.#waits = waits;
    this.#failure = failure;
  }

  wait(): void {
    if (this.#failure !== undefined) this.#port.stop(this.#failure.error);
    const timer = setTimeout(() => this.#tellEnded(), LONGEST);
    const less = () => {
      if (--this.#waits > 0) return;
      clearTimeout(timer);
      this.#end();
    };
    this.#values.forEach((value, index) => {
      if (!isThenable(value)) return void this.#ended.add(index);
      Promise.resolve(value).then(
        (value) => this.#took(index, value),
        (error) => this.#fail(error),
      ).then(less);
    });
  }

  #took(index: number, value: unknown): void {
    this.#values[index] = value;
    if (this.#isLate && this.#waits > 1) this.#tell(index);
    else this.#ended.add(index);
  }

  /** Some take long: nobody who waits for the others is to wait for these. */
  #tellEnded(): void {
    this.#isLate = true;
    for (const index of this.#ended) this.#tell(index);
    this.#ended.clear();
  }

  #tell(index: number): void {
    try {
      this.#port.part(index, this.#values[index]);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#port.stop(error);
  }

  #end(): void {
    const failure = this.#failure;
    if (failure !== undefined) return this.#port.failed(failure.error);
    const values = this.#values.filter((_, index) => this.#ended.has(index));
    this.#port.done({ values, elapsed: performance.now() - this.#start });
  }
}
