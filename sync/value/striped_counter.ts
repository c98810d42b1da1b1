/**
 * A counter for many threads that add at once.
 *
 * The protocol is in the folder's README, "StripedCounter".
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import { checkHandle, type SharedHandle } from "../memory/handle.ts";
import { LINE, longsOf } from "../memory/memory.ts";
import { currentThread, indexOf, MAX_THREADS } from "../thread/thread.ts";

const STRIDE = LINE / 8;

/** Names a {@linkcode StripedCounter} in a message. */
export interface StripedCounterHandle extends SharedHandle<"StripedCounter"> {
  /** Over how many words the counter is spread. */
  readonly stripes: number;
}

/** Options of {@linkcode StripedCounter}. */
export interface StripedCounterOptions {
  /**
   * Over how many words the counter is spread, 128 bytes each: a power of two, 1
   * to 1024. Default: the next one from four times the number of processors on.
   */
  readonly stripes?: number;
}

/**
 * A 64-bit counter that threads add to without being in each other's way.
 *
 * As Java's `LongAdder`: each thread adds to a word on a line of its own, and the
 * value is their sum. The word follows from the thread's place among all threads:
 * where there are not many more stripes than threads, two may share one. Use it where several threads add all the time and the value is looked
 * at now and then; for anything else a `SharedCounter` is as quick, smaller, and
 * says what the value was before.
 *
 * The sum is no snapshot. It contains every addition that ended before it was
 * asked for, none that began after, and any of those in between. So, while all
 * only add positive numbers, it never goes back. Sums beyond ±2^53 are kept
 * exactly and read as the nearest number; beyond ±2^63 they wrap.
 *
 * @example Usage
 * ```ts
 * import { StripedCounter } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const hits = new StripedCounter({ stripes: 4 });
 * hits.add(2);
 * StripedCounter.from(hits.handle).add(); //   on another thread
 * assertEquals(hits.value, 3);
 * assertEquals(hits.take(), 3);
 * assertEquals(hits.value, 0);
 * ```
 */
export class StripedCounter {
  /** Names this counter in a message. */
  readonly handle: StripedCounterHandle;
  readonly #words: BigInt64Array;
  /** The word of this thread: an object belongs to one. */
  readonly #mine: number;

  /**
   * Makes a counter of 0.
   *
   * @throws {RangeError} If `stripes` is not a power of two in its range.
   */
  constructor(options?: StripedCounterOptions);
  /** Attaches to a counter that another thread made. */
  constructor(handle: StripedCounterHandle);
  constructor(source: StripedCounterOptions | StripedCounterHandle = {}) {
    if ("kind" in source) {
      this.handle = attach(source);
    } else {
      const { stripes = defaultStripes() } = source;
      checkStripes("create counter", stripes);
      const slice = allocate(stripes * LINE);
      this.handle = { kind: "StripedCounter", ...slice, stripes };
    }
    const { stripes } = this.handle;
    this.#words = longsOf(this.handle, stripes * STRIDE);
    this.#mine = (indexOf(currentThread().id) & (stripes - 1)) * STRIDE;
  }

  /**
   * Attaches to a counter that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small or the offset misaligned, or there
   * cannot be as many stripes as the handle says.
   */
  static from(handle: StripedCounterHandle): StripedCounter {
    return new StripedCounter(attach(handle));
  }

  /** The sum of all stripes. */
  get value(): number {
    let sum = 0n;
    for (let at = 0; at < this.#words.length; at += STRIDE) {
      sum += Atomics.load(this.#words, at);
    }
    return Number(BigInt.asIntN(64, sum));
  }

  /**
   * Adds to the counter.
   *
   * @param delta What to add, a safe integer.
   * @throws {RangeError} If `delta` is not a safe integer.
   */
  add(delta: number = 1): void {
    const long = toLong(delta, "add to counter");
    Atomics.add(this.#words, this.#mine, long);
  }

  /**
   * Subtracts from the counter.
   *
   * @param delta What to subtract, a safe integer.
   * @throws {RangeError} If `delta` is not a safe integer.
   */
  sub(delta: number = 1): void {
    const long = toLong(delta, "subtract from counter");
    Atomics.sub(this.#words, this.#mine, long);
  }

  /**
   * Takes out all that is there, as `LongAdder.sumThenReset`.
   *
   * @returns The sum of what was taken out. Each addition is in the result of one
   * such call, or still there.
   */
  take(): number {
    let sum = 0n;
    for (let at = 0; at < this.#words.length; at += STRIDE) {
      sum += Atomics.exchange(this.#words, at, 0n);
    }
    return Number(BigInt.asIntN(64, sum));
  }
}

function attach(handle: StripedCounterHandle): StripedCounterHandle {
  return checkHandle("StripedCounter", handle, () => {
    checkStripes("attach to counter", handle.stripes);
    return handle.stripes * LINE;
  }) as StripedCounterHandle;
}

function defaultStripes(): number {
  const { navigator } = globalThis as {
    navigator?: { readonly hardwareConcurrency?: number };
  };
  const processors = navigator?.hardwareConcurrency ?? 8;
  // More than threads: their indices are not dense once some have gone.
  const stripes = 2 ** (32 - Math.clz32(4 * processors - 1));
  return Math.min(Math.max(stripes, 1), MAX_THREADS);
}

function checkStripes(action: string, stripes: number): void {
  if (
    Number.isInteger(stripes) && stripes >= 1 && stripes <= MAX_THREADS &&
    (stripes & (stripes - 1)) === 0
  ) return;
  throw new RangeError(
    `Cannot ${action} as 'stripes' must be a power of two from 1 to ${MAX_THREADS}: received ${stripes}`,
  );
}

function toLong(delta: number, action: string): bigint {
  if (delta === 1) return 1n;
  if (!Number.isSafeInteger(delta)) {
    throw new RangeError(
      `Cannot ${action} as 'delta' must be a safe integer: received ${delta}`,
    );
  }
  return BigInt(delta);
}
