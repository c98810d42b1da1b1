/**
 * A counter that all threads can add to.
 *
 * @module
 */

import { checkKind, type SharedHandle } from "../memory/handle.ts";
import { LINE, longsOf } from "../memory/memory.ts";
import { placed } from "../memory/placed.ts";

/** Names a {@linkcode SharedCounter} in a message. */
export type SharedCounterHandle = SharedHandle<"SharedCounter">;

/**
 * A 64-bit counter in shared memory; numbers in and out.
 *
 * Every operation is one atomic step. Values beyond ±2^53 are kept exactly, and
 * read as the nearest number; beyond ±2^63 they wrap.
 *
 * @example Usage
 * ```ts
 * import { SharedCounter } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const hits = new SharedCounter();
 * assertEquals(hits.add(2), 0);
 * assertEquals(SharedCounter.from(hits.handle).value, 2);
 * ```
 */
export class SharedCounter {
  /** Names this counter in a message. */
  readonly handle: SharedCounterHandle;
  readonly #word: BigInt64Array;

  /**
   * Makes a counter.
   *
   * @param initial What it starts with, a safe integer.
   * @throws {RangeError} If `initial` is not a safe integer.
   */
  constructor(initial?: number);
  /** Attaches to a counter that another thread made. */
  constructor(handle: SharedCounterHandle);
  constructor(source: number | SharedCounterHandle = 0) {
    if (typeof source === "object") {
      this.handle = placed("SharedCounter", source, LINE);
      this.#word = longsOf(this.handle, 1);
      return;
    }
    const initial = toLong(source, "create counter", "initial");
    this.handle = placed("SharedCounter", undefined, LINE);
    this.#word = longsOf(this.handle, 1);
    if (initial !== 0n) Atomics.store(this.#word, 0, initial);
  }

  /**
   * Attaches to a counter that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small or the offset misaligned.
   */
  static from(handle: SharedCounterHandle): SharedCounter {
    return new SharedCounter(checkKind("SharedCounter", handle));
  }

  /** The value now. */
  get value(): number {
    return Number(Atomics.load(this.#word, 0));
  }

  /**
   * Adds to the counter.
   *
   * @param delta What to add, a safe integer.
   * @returns The value before, like `Atomics.add`.
   * @throws {RangeError} If `delta` is not a safe integer.
   */
  add(delta: number = 1): number {
    return Number(
      Atomics.add(this.#word, 0, toLong(delta, "add to counter", "delta")),
    );
  }

  /**
   * Subtracts from the counter.
   *
   * @param delta What to subtract, a safe integer.
   * @returns The value before.
   * @throws {RangeError} If `delta` is not a safe integer.
   */
  sub(delta: number = 1): number {
    return Number(
      Atomics.sub(
        this.#word,
        0,
        toLong(delta, "subtract from counter", "delta"),
      ),
    );
  }

  /**
   * Puts another value in its place.
   *
   * @param value The new value, a safe integer.
   * @returns The value before.
   * @throws {RangeError} If `value` is not a safe integer.
   */
  exchange(value: number): number {
    return Number(
      Atomics.exchange(this.#word, 0, toLong(value, "set counter", "value")),
    );
  }
}

function toLong(value: number, action: string, name: string): bigint {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(
      `Cannot ${action} as '${name}' must be a safe integer: received ${value}`,
    );
  }
  return BigInt(value);
}
