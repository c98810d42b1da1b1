/**
 * Which objects were met while a frame is written.
 *
 * @module
 */

/** So many are searched one by one; more have an index. */
const FEW = 12;
/** More are not told apart: their places would not fit into a tag. */
const MOST = 0xffffff;

/** The objects of a frame, in the order in which they were met. */
export class Identities {
  /** How many there are. */
  size = 0;
  /** How many values were met again. */
  repeats = 0;
  // Never shrinks below its first length: to be filled anew would cost more than all
  // else. What is behind the last object is undefined.
  #objects: (object | undefined)[] = new Array(FEW).fill(undefined);
  /** Where there are many: all of them. */
  #known: Set<object> | undefined;
  /** Where one of many was met again: their places. */
  #places: Map<object, number> | undefined;

  /** Adds an object. Returns its place if it was there before, and else -1. */
  add(object: object): number {
    const { size } = this;
    if (size >= FEW) return this.#addToMany(object);
    const objects = this.#objects;
    for (let k = 0; k < size; k++) {
      if (objects[k] === object) {
        this.repeats++;
        return k;
      }
    }
    objects[this.size++] = object;
    return -1;
  }

  #addToMany(object: object): number {
    const known = this.#known ??= new Set(this.#objects as object[]);
    const { size } = known;
    if (size < MOST) known.add(object);
    else if (!known.has(object)) return -1;
    if (known.size === size) {
      this.repeats++;
      return this.#placeOf(object);
    }
    this.#places?.set(object, this.size);
    this.#objects[this.size++] = object;
    return -1;
  }

  #placeOf(object: object): number {
    let places = this.#places;
    if (places === undefined) {
      places = this.#places = new Map();
      for (let k = 0; k < this.size; k++) places.set(this.#objects[k]!, k);
    }
    return places.get(object)!;
  }

  /** Forgets the object that was added last: it is not written as one. */
  forget(object: object): void {
    if (this.#objects[this.size - 1] === object) this.goBack(this.size - 1);
  }

  /** Forgets all but the first ones. */
  goBack(size: number): void {
    for (let k = size; k < this.size; k++) {
      const object = this.#objects[k]!;
      this.#known?.delete(object);
      this.#places?.delete(object);
      this.#objects[k] = undefined;
    }
    this.size = size;
    if (size >= FEW || this.#known === undefined) return;
    this.#known = this.#places = undefined;
    this.#objects.length = FEW;
  }

  /** Forgets all of them. */
  clear(): void {
    if (this.#known === undefined) {
      for (let k = 0; k < this.size; k++) this.#objects[k] = undefined;
    } else {
      this.#known = this.#places = undefined;
      this.#objects = new Array(FEW).fill(undefined);
    }
    this.size = this.repeats = 0;
  }
}
