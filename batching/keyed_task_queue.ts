import { nextTick } from "node:process";
import {
  type BatchQueueOptions,
  checkFunction,
  checkOptions,
} from "./queue_options.ts";
import type { QueueStats } from "./queue_stats.ts";
import { type BatchProcessor, ValueQueue } from "./value_queue.ts";

/** What remembers answers: a `Map`, or something with the same four methods. */
export interface KeyedCache<CacheKey, Value> {
  /** What is remembered for a key. */
  get(key: CacheKey): Promise<Value> | undefined | void;
  /** Remembers it. */
  set(key: CacheKey, value: Promise<Value>): unknown;
  /** Forgets a key. */
  delete(key: CacheKey): unknown;
  /** Forgets all. */
  clear(): unknown;
}

/** Options of a keyed queue. */
export interface KeyedTaskQueueOptions<Key, Value, CacheKey = Key>
  extends BatchQueueOptions {
  /** What a key is remembered under. Default: the key itself. */
  readonly cacheKey?: (key: Key) => CacheKey;
  /** Where answers are remembered; null for nowhere. Default: a new `Map`. */
  readonly cache?: KeyedCache<CacheKey, Value> | null;
}

const RESOLVED = Promise.resolve();

/** When all promises that are settled now have had their reactions, and theirs. */
function afterPromises(start: () => void): void {
  RESOLVED.then(() => nextTick(start));
}

/**
 * A queue whose tasks are keys: each is asked for once, and its answer is
 * remembered. Made by `TaskQueue.byKey()`; it answers as `DataLoader` does.
 *
 * A key that is remembered is not part of a batch, but its promise is resolved
 * together with the batch that grows: what is loaded next then is one batch again.
 * While that batch waits, as `concurrency` says, nobody waits with it.
 * Unless `schedule` says otherwise, a processor starts when the reactions of all
 * promises that are settled have run. An answer by
 * `rejectOne()` is remembered, too; the failure of a whole batch is not.
 *
 * @example Usage
 * ```ts
 * import { TaskQueue } from "@kindred/kindred/batching";
 * import { assertEquals } from "@std/assert";
 *
 * let asked = 0;
 * const squares = TaskQueue.byKey<number, number>((batch) =>
 *   batch.bound().map((n) => (asked++, n * n))
 * );
 * squares.prime(2, 4);
 * assertEquals(await squares.loadMany([2, 3, 3]), [4, 9, 9]);
 * assertEquals(asked, 1);
 * squares.clear(3);
 * assertEquals(await squares.load(3), 9);
 * assertEquals(asked, 2);
 * ```
 */
export class KeyedTaskQueue<Key, Value, CacheKey = Key> {
  readonly #queue: ValueQueue<Key, Value, (() => void)[]>;
  readonly #cache: KeyedCache<CacheKey, Value> | null;
  readonly #cacheKey: ((key: Key) => CacheKey) | undefined;

  /**
   * Makes an empty queue that remembers nothing but what its cache has.
   *
   * @throws {TypeError} If the processor is no function, or an option is of the wrong kind.
   * @throws {RangeError} If an option is out of range.
   */
  constructor(
    processor: BatchProcessor<Key, Value>,
    options: KeyedTaskQueueOptions<Key, Value, CacheKey> = {},
  ) {
    const what = "keyed task queue";
    checkFunction(`create ${what}`, "its processor", processor);
    const { cacheKey, cache = new Map() } = options;
    if (cacheKey !== undefined) {
      checkFunction(`create ${what}`, "'cacheKey'", cacheKey);
    }
    if (cache !== null) checkCache(what, cache);
    const checked = checkOptions(what, options);
    this.#cacheKey = cacheKey;
    this.#cache = cache;
    this.#queue = new ValueQueue(
      processor,
      { ...checked, schedule: checked.schedule ?? afterPromises },
      {
        forget: (key) => void this.clear(key),
        released: (hits) => {
          for (const hit of hits) hit();
        },
      },
    );
  }

  /**
   * The value of a key, from the cache or with the batch that grows.
   *
   * @returns As that of `TaskQueue.push()`.
   * @throws {unknown} What `cacheKey`, or the cache, throws.
   */
  load(key: Key): Promise<Value> {
    if (this.#cache === null) return this.#queue.push(key);
    const cacheKey = this.#cacheKeyOf(key);
    const cached = this.#cache.get(cacheKey);
    const refusal = this.#queue.refusal(cached ? 0 : 1);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    if (cached) return this.#withBatch(cached);
    const promise = this.#queue.push(key);
    this.#cache.set(cacheKey, promise);
    return promise;
  }

  /**
   * The values of several keys; where there is none, the reason stands in its place.
   *
   * @throws {TypeError} If the keys are not iterable.
   */
  loadMany(keys: Iterable<Key>): Promise<(Value | Error)[]> {
    return Promise.all(
      [...keys].map((key) => this.load(key).catch((error) => error)),
    );
  }

  /** Remembers a value, or an error, unless the key has one. A promise is remembered as it is. */
  prime(key: Key, value: Value | PromiseLike<Value> | Error): this {
    const cacheKey = this.#cacheKeyOf(key);
    if (this.#cache === null || this.#cache.get(cacheKey)) return this;
    const promise: Promise<Value> = value instanceof Error
      ? Promise.reject(value)
      : Promise.resolve(value);
    // Somebody learns of a failure by loading the key.
    promise.catch(() => {});
    this.#cache.set(cacheKey, promise);
    return this;
  }

  /** Forgets a key. Who waits for it already is not concerned. */
  clear(key: Key): this {
    this.#cache?.delete(this.#cacheKeyOf(key));
    return this;
  }

  /** Forgets all keys. */
  clearAll(): this {
    this.#cache?.clear();
    return this;
  }

  /** Resolves when each key that was loaded has its answer and no processor runs. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** What it did so far, and how it is at the moment; keys that are remembered are no tasks. */
  stats(): QueueStats {
    return this.#queue.stats();
  }

  #withBatch(cached: Promise<Value>): Promise<Value> {
    // What is loaded next is part of that batch all the same.
    if (this.#queue.isWaiting) return cached;
    const hits = this.#queue.open.attached ??= [];
    return new Promise((resolve) => hits.push(() => resolve(cached)));
  }

  #cacheKeyOf(key: Key): CacheKey {
    return this.#cacheKey === undefined
      ? key as unknown as CacheKey
      : this.#cacheKey(key);
  }
}

function checkCache(what: string, cache: object): void {
  const missing = ["get", "set", "delete", "clear"].filter((name) =>
    typeof (cache as Record<string, unknown>)[name] !== "function"
  );
  if (missing.length === 0) return;
  throw new TypeError(
    `Cannot create ${what} as its cache has no method ${
      missing.join(", ")
    }: received ${String(cache)}`,
  );
}
