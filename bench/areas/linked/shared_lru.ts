/**
 * A cache that all threads share: numbers for numbers, in shared memory, behind one lock.
 *
 * @module
 */
import { Mutex } from "../../../mod.ts";

/** A cache as it is sent. */
export interface SharedLruMemory {
  readonly capacity: number;
  readonly mutex: Mutex;
  readonly words: SharedArrayBuffer;
  readonly values: SharedArrayBuffer;
}

/** Stands where there is no entry. */
const NONE = -1;
/** Words before those of the entries: how many there are, the newest, the oldest. */
const [SIZE, NEWEST, OLDEST, HEAD] = [0, 1, 2, 3] as const;
/** Words of an entry: its key, the entries that are a bit newer and older, the next one of its chain. */
const [KEY, NEWER, OLDER, NEXT, WIDTH] = [0, 1, 2, 3, 4] as const;

/** Entries are chained by the hash of their key, and linked in the order of their use. */
export class SharedLru {
  readonly #capacity: number;
  readonly #mutex: Mutex;
  readonly #words: Int32Array;
  readonly #values: Float64Array;
  /** Where the chains start: behind the entries. */
  readonly #chains: number;
  readonly #mask: number;

  constructor({ capacity, mutex, words, values }: SharedLruMemory) {
    this.#capacity = capacity;
    this.#mutex = mutex;
    this.#words = new Int32Array(words);
    this.#values = new Float64Array(values);
    this.#chains = HEAD + capacity * WIDTH;
    this.#mask = chainsFor(capacity) - 1;
  }

  /** Makes an empty one. */
  static share(capacity: number): SharedLruMemory {
    const length = HEAD + capacity * WIDTH + chainsFor(capacity);
    const words = new SharedArrayBuffer(4 * length);
    new Int32Array(words).fill(NONE)[SIZE] = 0;
    const values = new SharedArrayBuffer(8 * capacity);
    return { capacity, mutex: new Mutex(), words, values };
  }

  /** The value of a key, which is the newest then. */
  get(key: number): number | undefined {
    this.#mutex.lock();
    const entry = this.#find(key);
    let value: number | undefined;
    if (entry !== NONE) {
      this.#use(entry);
      value = this.#values[entry];
    }
    this.#mutex.unlock();
    return value;
  }

  /** Sets the value of a key, which is the newest then. */
  set(key: number, value: number): void {
    this.#mutex.lock();
    let entry = this.#find(key);
    if (entry === NONE) {
      entry = this.#vacant();
      this.#words[HEAD + entry * WIDTH + KEY] = key;
      this.#chain(entry);
      this.#append(entry);
    } else this.#use(entry);
    this.#values[entry] = value;
    this.#mutex.unlock();
  }

  /** An entry that was never used, or that of the oldest key. */
  #vacant(): number {
    const words = this.#words;
    if (words[SIZE]! < this.#capacity) return words[SIZE]!++;
    const entry = words[OLDEST]!;
    this.#unchain(entry);
    this.#remove(entry);
    return entry;
  }

  #find(key: number): number {
    const words = this.#words;
    let entry = words[this.#chainOf(key)]!;
    while (entry !== NONE && words[HEAD + entry * WIDTH + KEY] !== key) {
      entry = words[HEAD + entry * WIDTH + NEXT]!;
    }
    return entry;
  }

  #chainOf(key: number): number {
    return this.#chains + (Math.imul(key, 0x9e3779b1) >>> 15 & this.#mask);
  }

  #chain(entry: number): void {
    const at = HEAD + entry * WIDTH;
    const chain = this.#chainOf(this.#words[at + KEY]!);
    this.#words[at + NEXT] = this.#words[chain]!;
    this.#words[chain] = entry;
  }

  #unchain(entry: number): void {
    const words = this.#words;
    let at = this.#chainOf(words[HEAD + entry * WIDTH + KEY]!);
    while (words[at] !== entry) at = HEAD + words[at]! * WIDTH + NEXT;
    words[at] = words[HEAD + entry * WIDTH + NEXT]!;
  }

  #use(entry: number): void {
    if (this.#words[NEWEST] === entry) return;
    this.#remove(entry);
    this.#append(entry);
  }

  #remove(entry: number): void {
    const words = this.#words;
    const newer = words[HEAD + entry * WIDTH + NEWER]!;
    const older = words[HEAD + entry * WIDTH + OLDER]!;
    words[newer === NONE ? NEWEST : HEAD + newer * WIDTH + OLDER] = older;
    words[older === NONE ? OLDEST : HEAD + older * WIDTH + NEWER] = newer;
  }

  /** Makes an entry the newest. */
  #append(entry: number): void {
    const words = this.#words;
    const newest = words[NEWEST]!;
    words[HEAD + entry * WIDTH + OLDER] = newest;
    words[HEAD + entry * WIDTH + NEWER] = NONE;
    words[newest === NONE ? OLDEST : HEAD + newest * WIDTH + NEWER] = entry;
    words[NEWEST] = entry;
  }
}

/** A power of two, so that a chain has one entry or none mostly. */
function chainsFor(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(2 * capacity));
}
