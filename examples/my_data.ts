/**
 * Two classes whose instances cross threads: one of fields, and one that wants to know
 * where it is.
 *
 * @module
 */

import { aware, type MemoryAffinity, type ThreadAware } from "../mod.ts";

/** Nothing but its fields: they are told. */
export class Point {
  declare readonly "~sendable": true;
  /** To the right. */
  x: number;
  /** Up. */
  y: number;

  /** Makes a point. */
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }

  /** How far it is from where both are 0. */
  get norm(): number {
    return Math.hypot(this.x, this.y);
  }

  static {
    aware(import.meta.url, Point);
  }
}

/** Has a value, and a cache for each processor on which it lives. */
export class MyData implements ThreadAware {
  declare readonly "~sendable": true;
  /** The same wherever it lives. */
  readonly value: number;
  /** Where it is. */
  readonly point: Point;
  /** Of the processor where it lives, and of nobody else. */
  #cache = new Map<number, number>();
  /** How often it was told that it lives elsewhere. */
  moves = 0;

  /** Makes data. */
  constructor(value: number, point: Point) {
    this.value = value;
    this.point = point;
  }

  /** The value to some power, computed once on each processor. */
  power(exponent: number): number {
    let result = this.#cache.get(exponent);
    if (result === undefined) {
      this.#cache.set(exponent, result = this.value ** exponent);
    }
    return result;
  }

  /** How much is in the cache. */
  get cached(): number {
    return this.#cache.size;
  }

  /** Leaves what belongs to the former place behind. */
  relocated(_source: MemoryAffinity, _destination: MemoryAffinity): void {
    this.#cache = new Map();
    this.moves++;
  }

  static {
    aware(import.meta.url, MyData, {
      take: ({ value, point, moves }) => ({ value, point, moves }),
      make: ({ value, point, moves }) =>
        Object.assign(new MyData(value, point), { moves }),
    });
  }
}
