/**
 * A map that forgets what was not used for longest. One thread uses it.
 *
 * @module
 */

/** A place in the order of use; all of them form a ring. */
interface Place {
  older: Place;
  newer: Place;
}

interface Entry<K, V> extends Place {
  readonly key: K;
  value: V;
}

/** A map with room for so many entries. */
export class LruMap<K, V> {
  /** The most entries that it has. */
  readonly capacity: number;
  readonly #entries = new Map<K, Entry<K, V>>();
  /** Where the ring begins: older than the newest, newer than the oldest. */
  #ends: Place;

  /** @throws {RangeError} If the capacity is not a positive integer. */
  constructor(capacity: number) {
    if (!(Number.isSafeInteger(capacity) && capacity >= 1)) {
      throw new RangeError(
        `Cannot make LRU map as 'capacity' must be a positive integer: received ${capacity}`,
      );
    }
    this.capacity = capacity;
    this.#ends = ring();
  }

  /** How many entries there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value of a key, which is the newest then. */
  get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#use(entry);
    return entry.value;
  }

  /** Sets the value of a key, which is the newest then. Forgets the oldest one if there is no room. */
  set(key: K, value: V): void {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.value = value;
      return this.#use(known);
    }
    if (this.#entries.size === this.capacity) {
      this.delete((this.#ends.newer as Entry<K, V>).key);
    }
    const ends = this.#ends;
    const entry = { key, value, older: ends, newer: ends };
    this.#entries.set(key, entry);
    this.#append(entry);
  }

  /** Forgets a key. Returns whether it was there. */
  delete(key: K): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    remove(entry);
    return this.#entries.delete(key);
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
    this.#ends = ring();
  }

  /** The keys, the oldest first. */
  *keys(): Generator<K, void> {
    let place = this.#ends.newer;
    for (; place !== this.#ends; place = place.newer) {
      yield (place as Entry<K, V>).key;
    }
  }

  #use(entry: Place): void {
    if (entry.newer === this.#ends) return;
    remove(entry);
    this.#append(entry);
  }

  /** Makes a place the newest one. */
  #append(place: Place): void {
    const newest = this.#ends.older;
    place.older = newest;
    place.newer = this.#ends;
    newest.newer = place;
    this.#ends.older = place;
  }
}

/** A ring of nothing but its beginning. */
function ring(): Place {
  const ends: Partial<Place> = {};
  ends.older = ends.newer = ends as Place;
  return ends as Place;
}

function remove({ older, newer }: Place): void {
  older.newer = newer;
  newer.older = older;
}
