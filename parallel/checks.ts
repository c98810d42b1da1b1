/**
 * What the methods of parallel iterators can be given.
 *
 * @module
 */

import { type AnyFunction, isClass } from "../workers/functions/portable.ts";

/**
 * @throws {TypeError} If it is no function, or a class.
 */
export function checkFunction(method: string, name: string, fn: unknown): void {
  if (typeof fn === "function" && !isClass(fn as AnyFunction)) return;
  throw new TypeError(
    `Cannot call ${method}() as '${name}' must be a function: received ${
      fn === null ? "null" : typeof fn === "function" ? "a class" : typeof fn
    }`,
  );
}

/**
 * @throws {TypeError} If it is neither a number nor a bigint.
 */
export function checkNumeric(
  method: string,
  name: string,
  value: number | bigint,
): void {
  if (typeof value === "number" || typeof value === "bigint") return;
  throw new TypeError(
    `Cannot call ${method}() as '${name}' must be a number or bigint: received ${
      value === null ? "null" : typeof value
    }`,
  );
}

/**
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is no whole number, or smaller.
 */
export function checkCount(
  method: string,
  name: string,
  count: number,
  least: 0 | 1,
): void {
  if (typeof count !== "number") {
    throw new TypeError(
      `Cannot call ${method}() as '${name}' must be a number: received ${
        count === null ? "null" : typeof count
      }`,
    );
  }
  if (Number.isSafeInteger(count) && count >= least) return;
  throw new RangeError(
    `Cannot call ${method}() as '${name}' must be ${
      least === 0 ? "a whole number that is not negative" : "a positive integer"
    }: received ${count}`,
  );
}
