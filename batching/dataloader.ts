/**
 * The interface of the package `dataloader`, version 2, on a {@linkcode TaskQueue}
 * with keys: it can be replaced by changing the import.
 *
 * ```ts
 * import DataLoader from "@kindred/kindred/dataloader";
 * import { assertEquals } from "@std/assert";
 *
 * const calls: string[][] = [];
 * const users = new DataLoader<string, string>((ids) => {
 *   calls.push([...ids]);
 *   return Promise.resolve(ids.map((id) => `user ${id}`));
 * });
 * const found = await Promise.all([users.load("a"), users.load("b"), users.load("a")]);
 * assertEquals(found, ["user a", "user b", "user a"]);
 * assertEquals(calls, [["a", "b"]]);
 * ```
 *
 * @module
 */

import type { Assignment } from "./assignment.ts";
import { KeyedTaskQueue } from "./keyed_task_queue.ts";
import type { OpenBatch } from "./open_batch.ts";
import { MAX_CAPACITY } from "./queue_options.ts";
import { isThenable } from "../codec/thenable.ts";

/** Loads values: one, or an `Error`, for each key, in order. */
export type BatchLoadFn<K, V> = (
  keys: ReadonlyArray<K>,
) => PromiseLike<ArrayLike<V | Error>>;

/** What remembers promises: a `Map`, or something with the same four methods. */
export interface CacheMap<K, V> {
  /** What is remembered for a key. */
  get(key: K): V | void;
  /** Remembers it. */
  set(key: K, value: V): unknown;
  /** Forgets a key. */
  delete(key: K): unknown;
  /** Forgets all. */
  clear(): unknown;
}

/** Options of a {@linkcode DataLoader}. */
export interface Options<K, V, C = K> {
  /** Whether keys are joined to batches; false is a `maxBatchSize` of 1. Default: true. */
  batch?: boolean;
  /** How many keys a batch may have. Default: `Infinity`. */
  maxBatchSize?: number;
  /** Calls a function when a batch is to be loaded. Default: when the reactions of all promises that are settled have run. */
  batchScheduleFn?: (callback: () => void) => void;
  /** Whether promises are remembered. Default: true. */
  cache?: boolean;
  /** What a key is remembered under. Default: the key itself. */
  cacheKeyFn?: (key: K) => C;
  /** Where promises are remembered; null for nowhere. Default: a new `Map`. */
  cacheMap?: CacheMap<C, Promise<V>> | null;
  /** The loader's name. Default: null. */
  name?: string | null;
}

const FUNCTION =
  "DataLoader must be constructed with a function which accepts Array<key> and returns Promise<Array<value>>";

/**
 * Loads values by their keys, in batches, and each key once.
 *
 * @example A key without a value
 * ```ts
 * import DataLoader from "@kindred/kindred/dataloader";
 * import { assertEquals, assertInstanceOf } from "@std/assert";
 *
 * const roots = new DataLoader<number, number>(async (keys) =>
 *   keys.map((n) => n < 0 ? new RangeError("negative") : Math.sqrt(n))
 * );
 * const [two, none] = await roots.loadMany([4, -1]);
 * assertEquals(two, 2);
 * assertInstanceOf(none, RangeError);
 * ```
 */
export class DataLoader<K, V, C = K> {
  /** The name given to it; null if there is none. */
  name: string | null;
  readonly #queue: KeyedTaskQueue<K, V, C>;
  readonly #load: BatchLoadFn<K, V>;

  /**
   * Makes a loader that has loaded nothing.
   *
   * @param batchLoadFn Called with the loader as `this`.
   * @throws {TypeError} If it is no function, or an option is not what it must be.
   */
  constructor(batchLoadFn: BatchLoadFn<K, V>, options: Options<K, V, C> = {}) {
    if (typeof batchLoadFn !== "function") {
      throw new TypeError(`${FUNCTION}, but got: ${String(batchLoadFn)}`);
    }
    const { batchScheduleFn, cacheKeyFn } = options;
    checkFunction("batchScheduleFn", batchScheduleFn);
    checkFunction("cacheKeyFn", cacheKeyFn);
    this.name = options.name ?? null;
    this.#load = batchLoadFn;
    this.#queue = new KeyedTaskQueue<K, V, C>((batch) => this.#process(batch), {
      capacity: MAX_CAPACITY,
      maxBatch: maxBatchOf(options),
      cache: cacheOf(options) as Map<C, Promise<V>> | null,
      ...(batchScheduleFn && { schedule: batchScheduleFn }),
      ...(cacheKeyFn && { cacheKey: cacheKeyFn }),
    });
  }

  /**
   * The value of a key.
   *
   * @throws {TypeError} If the key is null or undefined.
   */
  load(key: K): Promise<V> {
    if (key === null || key === undefined) {
      throw new TypeError(
        `The loader.load() function must be called with a value, but got: ${key}`,
      );
    }
    return this.#queue.load(key);
  }

  /**
   * The values of several keys; an `Error` where there is none.
   *
   * @throws {TypeError} If the keys are no array, or one of them is null or undefined.
   */
  loadMany(keys: ArrayLike<K>): Promise<Array<V | Error>> {
    if (typeof keys !== "object" || keys === null || !("length" in keys)) {
      throw new TypeError(
        `The loader.loadMany() function must be called with Array<key>, but got: ${
          String(keys)
        }`,
      );
    }
    const values: Promise<V | Error>[] = [];
    for (let k = 0; k < keys.length; k++) {
      values.push(this.load(keys[k] as K).catch((error) => error));
    }
    return Promise.all(values);
  }

  /** Forgets a key. */
  clear(key: K): this {
    this.#queue.clear(key);
    return this;
  }

  /** Forgets all keys. */
  clearAll(): this {
    this.#queue.clearAll();
    return this;
  }

  /** Remembers a value, or an `Error`, unless the key has one. */
  prime(key: K, value: V | PromiseLike<V> | Error): this {
    this.#queue.prime(key, value);
    return this;
  }

  #process(batch: OpenBatch<Assignment<K, V>>): PromiseLike<void> {
    const assignment = batch.bound();
    const keys = assignment.toArray();
    const values = this.#called(keys);
    if (!isThenable(values)) {
      throw new TypeError(
        `${FUNCTION}, but the function did not return a Promise: ${
          String(values)
        }`,
      );
    }
    return values.then((values) => answer(assignment, keys, values));
  }

  #called(keys: readonly K[]): PromiseLike<ArrayLike<V | Error>> {
    try {
      return this.#load.call(this, keys);
    } catch (error) {
      throw new TypeError(
        `${FUNCTION}, but the function errored synchronously: ${String(error)}`,
        { cause: error },
      );
    }
  }
}

export default DataLoader;

function answer<K, V>(
  assignment: Assignment<K, V>,
  keys: readonly K[],
  values: ArrayLike<V | Error>,
): void {
  if (typeof values !== "object" || values === null || !("length" in values)) {
    throw new TypeError(
      `${FUNCTION}, but the function did not return a Promise of an Array: ${
        String(values)
      }`,
    );
  }
  if (values.length !== keys.length) {
    throw new TypeError(
      `${FUNCTION}, but the function did not return a Promise of an Array of the same length as the Array of keys: received ${values.length} values for ${keys.length} keys`,
    );
  }
  const given: V[] = [];
  for (let k = 0; k < keys.length; k++) {
    const value = values[k] as V | Error;
    if (value instanceof Error) assignment.rejectOne(k, value);
    given.push(value as V);
  }
  // Those that are rejected have their answer.
  assignment.resolve(given);
}

function maxBatchOf(
  { batch, maxBatchSize }: { batch?: boolean; maxBatchSize?: number },
): number {
  if (batch === false) return 1;
  if (maxBatchSize === undefined) return Infinity;
  if (typeof maxBatchSize === "number" && maxBatchSize >= 1) {
    return Math.floor(maxBatchSize);
  }
  throw new TypeError(
    `DataLoader must be constructed with a maxBatchSize that is a positive number: received ${
      String(maxBatchSize)
    }`,
  );
}

function cacheOf<C, P>(
  { cache, cacheMap }: { cache?: boolean; cacheMap?: CacheMap<C, P> | null },
): CacheMap<C, P> | null {
  return cache === false ? null : cacheMap === undefined ? new Map() : cacheMap;
}

function checkFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === "function") return;
  throw new TypeError(
    `DataLoader must be constructed with a function as ${name}: received ${
      String(value)
    }`,
  );
}
