/**
 * A cache with one instance per worker: each keeps what its own thread uses, and all
 * forget at once what one of them says is old. How it is used, and when it is worth
 * it, is told in `docs/linked.md`.
 *
 * @module
 */

import { type Linked, linked, StripedCounter } from "../mod.ts";
import { type Clock, steadyClock } from "./clock.ts";
import { Generations } from "./generations.ts";
import { LruMap } from "./lru_map.ts";

/** What the caches of a family share. */
export interface SharedCache {
  readonly generations: SharedArrayBuffer;
  readonly hits: StripedCounter;
  readonly misses: StripedCounter;
}

/** What a cache keeps, and where it comes from. */
export interface LruCacheOptions<V> {
  /** The most entries of one instance. */
  readonly capacity: number;
  /** Finds the value of a key that is not there. */
  readonly load: (key: string) => V | Promise<V>;
  /** How long entries live, in ms. Default: for ever. */
  readonly ttl?: number;
  /** Default: {@linkcode steadyClock}. It is asked only if entries do not live for ever. */
  readonly clock?: Clock;
}

interface Entry<V> {
  readonly value: V;
  readonly expires: number;
  /** The generation in which the value was right. */
  readonly generation: number;
  readonly stripe: number;
}

interface Loading<V> {
  readonly generation: number;
  readonly value: Promise<V>;
}

/** Makes what the caches of a new family share. */
export function newCache(): SharedCache {
  return {
    generations: Generations.share(),
    hits: new StripedCounter(),
    misses: new StripedCounter(),
  };
}

/**
 * The cache of one thread. The one that was not used for longest makes room.
 *
 * A call that begins when `set()`, `delete()` or `clear()` has returned on some
 * thread gets nothing that any instance had, or was loading, of those keys before.
 *
 * @typeParam V The values; not `undefined`.
 */
export class LruCache<V> {
  readonly #entries: LruMap<string, Entry<V>>;
  readonly #loading = new Map<string, Loading<V>>();
  readonly #generations: Generations;
  readonly #hits: StripedCounter;
  readonly #misses: StripedCounter;
  readonly #load: (key: string) => V | Promise<V>;
  readonly #ttl: number;
  readonly #clock: Clock;

  constructor(shared: SharedCache, options: LruCacheOptions<V>) {
    const { capacity, load, ttl = Infinity, clock = steadyClock } = options;
    checkTtl(ttl);
    this.#entries = new LruMap(capacity);
    this.#generations = new Generations(shared.generations);
    this.#hits = shared.hits;
    this.#misses = shared.misses;
    this.#load = load;
    this.#ttl = ttl;
    this.#clock = clock;
  }

  /** How many entries this instance has. Some may be old. */
  size(): number {
    return this.#entries.size;
  }

  /** Hits and misses of all instances. */
  totals(): { hits: number; misses: number } {
    return { hits: this.#hits.value, misses: this.#misses.value };
  }

  /** The value of a key, if this instance has it. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined && this.#isRight(entry)) {
      this.#hits.add();
      return entry.value;
    }
    if (entry !== undefined) this.#entries.delete(key);
    this.#misses.add();
    return undefined;
  }

  /** The value of a key, which is loaded if this instance does not have it; once, if it is asked for several times. */
  fetch(key: string): Promise<V> {
    const value = this.get(key);
    if (value !== undefined) return Promise.resolve(value);
    const stripe = this.#generations.stripeOf(key);
    const generation = this.#generations.at(stripe);
    const known = this.#loading.get(key);
    if (known?.generation === generation) return known.value;
    const loading = {
      generation,
      value: this.#loadNow(key, stripe, generation),
    };
    this.#loading.set(key, loading);
    const forget = () => {
      if (this.#loading.get(key) === loading) this.#loading.delete(key);
    };
    loading.value.then(forget, forget);
    return loading.value;
  }

  /**
   * Sets a value, here only: all others forget theirs.
   *
   * @param ttl How long it lives, in ms.
   */
  set(key: string, value: V, ttl: number = this.#ttl): void {
    checkTtl(ttl);
    const stripe = this.#generations.stripeOf(key);
    this.#keep(key, value, ttl, stripe, this.#generations.next(stripe));
  }

  /** Forgets a key, everywhere. */
  delete(key: string): void {
    this.#generations.next(this.#generations.stripeOf(key));
    this.#entries.delete(key);
  }

  /** Forgets everything, everywhere. */
  clear(): void {
    this.#generations.nextOfAll();
    this.#entries.clear();
  }

  /** The generation is that from before: what is loaded meanwhile may be old. */
  async #loadNow(
    key: string,
    stripe: number,
    generation: number,
  ): Promise<V> {
    const load = this.#load;
    const value = await load(key);
    if (this.#generations.at(stripe) === generation) {
      this.#keep(key, value, this.#ttl, stripe, generation);
    }
    return value;
  }

  #keep(
    key: string,
    value: V,
    ttl: number,
    stripe: number,
    generation: number,
  ): void {
    const expires = ttl === Infinity ? Infinity : this.#clock() + ttl;
    this.#entries.set(key, { value, expires, generation, stripe });
  }

  #isRight({ stripe, generation, expires }: Entry<V>): boolean {
    return this.#generations.at(stripe) === generation &&
      (expires === Infinity || this.#clock() < expires);
  }
}

function checkTtl(ttl: number): void {
  if (ttl > 0) return;
  throw new RangeError(
    `Cannot keep entries as 'ttl' must be a positive number of milliseconds: received ${ttl}`,
  );
}

/** Text files, as each worker has read them: a thousand at most, for ten seconds. */
export const textFiles: Linked<LruCache<string>> = linked(
  import.meta.url,
  "textFiles",
  {
    shared: newCache,
    create: (shared) =>
      new LruCache(shared, {
        capacity: 1000,
        ttl: 10_000,
        load: (path) => Deno.readTextFile(path),
      }),
  },
);
