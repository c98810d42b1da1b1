import type { Family } from "../../../mod.ts";
import { Grinder } from "../layout/grinder.ts";
import { drawKeys, DRAWS, type Reads } from "./reads.ts";
import type { SharedLruMemory } from "./shared_lru.ts";

/** How a reader begins. */
export interface Arrangement {
  readonly reads: Reads;
  /** On which worker it is. */
  readonly worker: number;
  /** For those that share one cache. */
  readonly memory: SharedLruMemory;
  /** For those that ask each other. */
  readonly family: Family<Reader>;
}

/** Reads as many keys as it is told, and counts what it had to find out by itself. */
export abstract class Reader {
  #misses = 0;
  #keys: Uint32Array = new Uint32Array();
  #next = 0;
  #turns = 0;
  readonly #work: Grinder = new Grinder();

  /** Gets ready to read, with nothing in the cache. */
  arrange(arrangement: Arrangement): void {
    const { reads, worker } = arrangement;
    this.#keys = drawKeys(reads, 12345 + worker);
    this.#turns = reads.turns;
    this.begin(arrangement);
  }

  /** Reads so many keys, while misses take no time. */
  async fill(count: number): Promise<void> {
    const turns = this.#turns;
    this.#turns = 0;
    await this.read(count);
    this.#turns = turns;
  }

  /** Reads so many keys. */
  abstract read(count: number): Promise<void> | void;

  /** The value of a key, as this reader's own cache has it or finds it. */
  abstract answer(key: number): Promise<number> | number;

  /** How many values had to be found since somebody asked. */
  takeMisses(): number {
    const misses = this.#misses;
    this.#misses = 0;
    return misses;
  }

  protected abstract begin(arrangement: Arrangement): void;

  protected draw(): number {
    return this.#keys[this.#next++ & (DRAWS - 1)]!;
  }

  /** What a cache saves. */
  protected find(key: number): number {
    this.#misses++;
    if (this.#turns > 0) this.#work.grind(this.#turns);
    return 2 * key;
  }

  protected compare(key: number, value: number): void {
    if (value === 2 * key) return;
    throw new Error(
      `The value of ${key} must be twice as much: found ${value}`,
    );
  }
}
