/**
 * Lists that a loop makes.
 *
 * Where other threads take part, numbers are left in shared memory, as nothing else
 * comes back from another thread as fast; so they are until one value is no number.
 *
 * @module
 */

import type { LoopCode } from "../plan/loop_code.ts";

/** Where numbers were left. */
interface Numbers {
  readonly start: number;
  readonly length: number;
}

/** What a loop returns of a list. */
export type List<T> = T[] | Numbers;

/** Writes the code of one list. */
export class ListCode {
  /** What the loop returns, as an expression. */
  readonly result: string;
  readonly #code: LoopCode;
  readonly #names: readonly string[];

  /**
   * Writes the beginning: nothing is in the list.
   *
   * @param which Which one it is of those that share the memory.
   * @param lists How many these are.
   */
  constructor(code: LoopCode, which: number, lists: number) {
    const names = ["list", "start", "at", "end"].map((n) => code.name(n));
    const [list, start, at, end] = names;
    code.line(`let ${list} = [], ${start} = 0, ${at} = 0, ${end} = 0;`);
    code.line(
      `if (room !== undefined) { ${start} = ${at} = ${which} * room.length / ${lists} + from; ${end} = ${start} + to - from; }`,
    );
    this.result =
      `${end} === 0 ? ${list} : { start: ${start}, length: ${at} - ${start} }`;
    this.#code = code;
    this.#names = names;
  }

  /** Writes that a value is added. */
  push(value: string): void {
    const [list, start, at, end] = this.#names;
    this.#code.line(
      `if (${at} < ${end} && typeof ${value} === "number") room[${at}++] = ${value};
else {
if (${end} !== 0) {
${list} = Array.from(room.subarray(${start}, ${at}));
${end} = 0;
}
${list}.push(${value});
}`,
    );
  }
}

/** One call takes so many arguments at any rate. */
const AT_ONCE = 1000;

/** All that lists have, one after the other. */
export function joined<T>(
  lists: readonly List<T>[],
  room: Float64Array | undefined,
): T[] {
  const [first] = lists;
  if (lists.length === 1 && Array.isArray(first)) return first;
  return lists.every((list) => Array.isArray(list))
    ? concatenated(lists)
    : copied(lists, room!);
}

/** As `flat()`, but `concat()` copies memory. */
function concatenated<T>(lists: readonly T[][]): T[] {
  const { length } = lists;
  if (length <= AT_ONCE) return ([] as T[]).concat(...lists);
  const groups: T[][] = [];
  for (let k = 0; k < length; k += AT_ONCE) {
    groups.push(concatenated(lists.slice(k, k + AT_ONCE)));
  }
  return concatenated(groups);
}

function copied<T>(lists: readonly List<T>[], room: Float64Array): T[] {
  const all: unknown[] = [0.5]; // so that there is room for numbers, and not for objects
  all.length = lists.reduce((sum, { length }) => sum + length, 0);
  let at = 0;
  for (const list of lists) {
    if (Array.isArray(list)) {
      copyArray(all, at, list);
    } else {
      const { start, length } = list;
      copyNumbers(all, at, room.subarray(start, start + length));
    }
    at += list.length;
  }
  return all as T[];
}

// One for each type: the engine is several times as fast with a loop that sees one only.

function copyArray(all: unknown[], at: number, list: readonly unknown[]): void {
  for (let k = 0; k < list.length; k++) all[at + k] = list[k];
}

function copyNumbers(all: unknown[], at: number, numbers: Float64Array): void {
  for (let k = 0; k < numbers.length; k++) all[at + k] = numbers[k];
}
