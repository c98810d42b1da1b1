/**
 * Processor lists as the Linux kernel writes them: `0-3,8-11:2`.
 *
 * @module
 */

import { MAX_PROCESSOR_ID } from "../ffi/mod.ts";

/** `5`, `0-3`, `8-11:2` or `0-31:2/8`. */
const PART_REGEXP = /^(\d+)(?:-(\d+)(?::(\d+)(?:\/(\d+))?)?)?$/;

/**
 * Reads a processor list as the kernel and `taskset` write it.
 *
 * The parts between commas are an id (`5`), a range (`0-3`), a range with a
 * stride (`8-11:2` is 8 and 10) or a range of groups (`0-31:2/8` is the first
 * 2 of each 8). White space around parts is ignored, and an empty text is an
 * empty list.
 *
 * @see {@link https://docs.kernel.org/admin-guide/kernel-parameters.html#cpu-lists}
 *
 * @example Usage
 * ```ts
 * import { parseCpuList } from "@kindred/kindred/topology";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseCpuList("0-3,8-11:2"), [0, 1, 2, 3, 8, 10]);
 * ```
 *
 * @param text The list.
 * @returns The ids, ascending, each once.
 * @throws {SyntaxError} When a part of the text is no id and no range.
 * @throws {RangeError} When a range runs backwards, a stride is 0, or an id is larger than 1048575.
 */
export function parseCpuList(text: string): number[] {
  const trimmed = trimKernelText(text);
  if (trimmed === "") return [];
  const ids = new Set<number>();
  for (const part of trimmed.split(",")) addPart(ids, part.trim(), trimmed);
  return [...ids].sort(ascending);
}

/**
 * Writes processor ids as a kernel list, with a range for each run of
 * consecutive ids.
 *
 * @example Usage
 * ```ts
 * import { formatCpuList } from "@kindred/kindred/topology";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatCpuList([8, 0, 1, 3, 2]), "0-3,8");
 * ```
 *
 * @param ids The ids, in any order.
 * @returns The list; an empty text for no ids.
 * @throws {RangeError} When an id is no integer from 0 to 1048575.
 */
export function formatCpuList(ids: Iterable<number>): string {
  const sorted = [...new Set(ids)].sort(ascending);
  const parts: string[] = [];
  for (let index = 0; index < sorted.length;) {
    const first = sorted[index]!;
    checkId(first);
    let last = first;
    while (sorted[++index] === last + 1) last++;
    parts.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return parts.join(",");
}

/** Some kernels end their texts with a NUL (5.15-rc1 does), and all with a line feed. */
export function trimKernelText(text: string): string {
  return text.replaceAll("\0", "").trim();
}

/** The order of ids. */
export function ascending(a: number, b: number): number {
  return a - b;
}

function addPart(ids: Set<number>, part: string, text: string): void {
  const match = PART_REGEXP.exec(part);
  if (match === null) {
    throw new SyntaxError(
      `Cannot read processor list "${text}" as "${part}" is neither an id nor a range`,
    );
  }
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  const used = match[4] === undefined ? 1 : Number(match[3]);
  const step = Number(match[4] ?? match[3] ?? 1);
  if (last > MAX_PROCESSOR_ID) {
    throw new RangeError(
      `Cannot read processor list "${text}" as "${part}" has an id above ${MAX_PROCESSOR_ID}`,
    );
  }
  if (last < first || step < 1 || used < 1 || used > step) {
    throw new RangeError(
      `Cannot read processor list "${text}" as "${part}" is not a range that counts up`,
    );
  }
  for (let start = first; start <= last; start += step) {
    for (let id = start; id < start + used && id <= last; id++) ids.add(id);
  }
}

function checkId(id: number): void {
  if (Number.isInteger(id) && id >= 0 && id <= MAX_PROCESSOR_ID) return;
  throw new RangeError(
    `Cannot use ${id} as a processor id: expected an integer from 0 to ${MAX_PROCESSOR_ID}`,
  );
}
