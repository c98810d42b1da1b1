/**
 * What is worked on: made when it is first asked for, and the same for all subjects.
 *
 * @module
 */
import type { Item } from "./tasks.ts";

type Numbers = Float64Array<SharedArrayBuffer>;

function kept<T>(make: (length: number) => T): (length: number) => T {
  const all = new Map<number, T>();
  return (length) => {
    const found = all.get(length) ?? make(length);
    all.set(length, found);
    return found;
  };
}

/** Numbers between 0 and 1 whose sum, and that of their squares, is exact in any order. */
export const fractions: (length: number) => Numbers = kept((length) => {
  const numbers = new Float64Array(new SharedArrayBuffer(8 * length));
  for (let k = 0; k < length; k++) numbers[k] = k * 389 % 1024 / 1024;
  return numbers;
});

/** Room for as many results. */
export const room: (length: number) => Numbers = kept((length) =>
  new Float64Array(new SharedArrayBuffer(8 * length))
);

/** Numbers in no order, of both signs. */
export const unordered: (length: number) => Float64Array = kept((length) => {
  let seed = 1;
  return Float64Array.from({ length }, () => {
    seed = Math.imul(seed, 0x915f77f5) + 12345 | 0;
    return seed / 1000;
  });
});

/** The same as 32 bits. */
export const unorderedWords: (length: number) => Uint32Array = kept((length) =>
  Uint32Array.from(unordered(length), (number) => number * 1000)
);

/** Objects. */
export const items: (length: number) => readonly Item[] = kept((length) =>
  Array.from({ length }, (_, id) => ({
    id,
    name: `item ${id * 7919 % 10007}`,
    tags: ["odd", "even"].slice(id % 2),
  }))
);
