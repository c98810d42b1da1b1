/**
 * What one thread does with a part of the numbers or objects: all of it, or as many parts as there are workers of a
 * pool, which finds a function by its export name.
 *
 * @module
 */

/** Numbers in shared memory, and room for results. */
export interface Part {
  readonly numbers: SharedArrayBuffer;
  readonly target: SharedArrayBuffer;
  readonly from: number;
  readonly to: number;
}

export function sum({ numbers, from, to }: Part): number {
  const view = new Float64Array(numbers);
  let result = 0;
  for (let k = from; k < to; k++) result += view[k]!;
  return result;
}

export function mapSum({ numbers, from, to }: Part): number {
  const view = new Float64Array(numbers);
  let result = 0;
  for (let k = from; k < to; k++) {
    const x = view[k]!;
    result += x * x + 1;
  }
  return result;
}

export function mapInto({ numbers, target, from, to }: Part): void {
  const view = new Float64Array(numbers);
  const results = new Float64Array(target);
  for (let k = from; k < to; k++) {
    const x = view[k]!;
    results[k] = Math.sqrt(x) * Math.sin(x);
  }
}

export function filterCount({ numbers, from, to }: Part): number {
  const view = new Float64Array(numbers);
  let count = 0;
  for (let k = from; k < to; k++) if (view[k]! > 0.5) count++;
  return count;
}

export function filterArray({ numbers, from, to }: Part): number[] {
  const view = new Float64Array(numbers);
  const kept: number[] = [];
  for (let k = from; k < to; k++) if (view[k]! > 0.5) kept.push(2 * view[k]!);
  return kept;
}

/** The same as bytes: the quickest way back from a pool. */
export function filterCollect(part: Part): ArrayBuffer {
  return Float64Array.from(filterArray(part)).buffer;
}

export function sortF64({ target, from, to }: Part): void {
  new Float64Array(target, 8 * from, to - from).sort();
}

export function sortU32({ target, from, to }: Part): void {
  new Uint32Array(target, 4 * from, to - from).sort();
}

/** Numbers in memory that a module of WebAssembly shares with all threads. */
export interface KernelPart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Where the first one lies, in bytes. */
  readonly pointer: number;
  readonly length: number;
}

/** What this thread instantiated: a module and memory that are sent again are others, but the same. */
const instances = new Map<number, WebAssembly.Exports>();

/** By a kernel: the sum of their squares. */
export function kernelSum(
  { module, memory, pointer, length }: KernelPart,
): number {
  const { byteLength } = memory.buffer;
  let exports = instances.get(byteLength);
  if (exports === undefined) {
    ({ exports } = new WebAssembly.Instance(module, { env: { memory } }));
    instances.set(byteLength, exports);
  }
  return (exports["sumSquares"] as (...words: number[]) => number)(
    pointer,
    length,
  );
}

/** Something portable that has to be encoded or cloned. */
export interface Item {
  readonly id: number;
  readonly name: string;
  readonly tags: readonly string[];
}

export function score({ id, name, tags }: Item): number {
  let hash = id;
  for (let k = 0; k < 500; k++) {
    hash = Math.imul(hash ^ name.charCodeAt(k % name.length), 0x01000193);
  }
  return (hash ^ tags.length) >>> 0;
}

/** The same of several: what a pool is given at once. */
export function scores(items: readonly Item[]): number[] {
  return items.map(score);
}

/** The name of a task. */
export type TaskName = keyof typeof import("./tasks.ts");
