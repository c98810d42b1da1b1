/**
 * Ranges of numbers as a source.
 *
 * @module
 */

import { ANY_LENGTHS } from "../plan/lengths.ts";
import type { LoopCode } from "../plan/loop_code.ts";
import { IndexedNode, type Lengths, names } from "../plan/node.ts";
import type { ParallelOptions } from "../run/parallel_options.ts";

/** Options of `par.range()`. */
export interface RangeOptions extends ParallelOptions {
  /** How far each number is from the one before it. Default: 1. */
  readonly step?: number;
}

/**
 * Numbers from a first one on, without the end.
 *
 * @throws {TypeError} If an argument is no number.
 * @throws {RangeError} If one is not finite, the step is 0, or there are more numbers
 * than can be counted.
 */
export function checkedRange(
  start: number,
  end: number,
  step: number = 1,
): IndexedNode {
  checkFinite("start", start);
  checkFinite("end", end);
  checkFinite("step", step);
  if (step === 0) {
    throw new RangeError(
      "Cannot plan range as 'step' must not be 0: received 0",
    );
  }
  const length = Math.max(0, Math.ceil((end - start) / step));
  if (length <= Number.MAX_SAFE_INTEGER) {
    return new RangeNode(start, step, length);
  }
  throw new RangeError(
    `Cannot plan range as it must have at most 2^53 - 1 numbers: received ${length}`,
  );
}

function checkFinite(name: string, number: number): void {
  if (typeof number !== "number") {
    throw new TypeError(
      `Cannot plan range as '${name}' must be a number: received ${
        number === null ? "null" : typeof number
      }`,
    );
  }
  if (!Number.isFinite(number)) {
    throw new RangeError(
      `Cannot plan range as '${name}' must be finite: received ${number}`,
    );
  }
}

/** Numbers from a first one on, each as far from the one before it. */
export class RangeNode extends IndexedNode {
  constructor(
    start: number,
    step: number,
    length: number,
    lengths: Lengths = ANY_LENGTHS,
  ) {
    super({
      key: "range",
      params: [start, step],
      length,
      lengths,
    });
  }

  override emitAt(code: LoopCode, base: number, index: string): string {
    const [start, step] = names(base, 2);
    return code.value(`${start} + ${index} * ${step}`);
  }
}
