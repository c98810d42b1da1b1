/**
 * Processor maps as the Linux kernel writes them: `00000000,00001111`.
 *
 * @module
 */

import { ascending, trimKernelText } from "./cpu_list.ts";

/** Only the first word may be longer than its 32 bits. */
const MAP_REGEXP = /^[0-9a-f]+(,[0-9a-f]{1,8})*$/i;

/**
 * Reads a kernel bit map: hexadecimal words of 32 bits, the highest first.
 *
 * @returns The ids, ascending; `undefined` where the text is no map.
 */
export function parseCpuMap(text: string): number[] | undefined {
  const trimmed = trimKernelText(text);
  if (!MAP_REGEXP.test(trimmed)) return undefined;
  const ids: number[] = [];
  let end = trimmed.length;
  for (let base = 0; end > 0; base += 32) {
    const start = trimmed.lastIndexOf(",", end - 1) + 1;
    for (let at = end - 1; at >= start; at--) {
      const digit = trimmed[at]!;
      // Most of a large machine's map.
      if (digit === "0") continue;
      const bits = Number.parseInt(digit, 16);
      for (let bit = 0; bit < 4; bit++) {
        if ((bits & (1 << bit)) !== 0) {
          ids.push(base + (end - 1 - at) * 4 + bit);
        }
      }
    }
    end = start - 1;
  }
  return ids.sort(ascending);
}
