/**
 * `count`, `sum` and `product`.
 *
 * @module
 */

import type { Sink } from "./sink.ts";

/** Numbers that are added or multiplied. */
export type Numeric = number | bigint;

/** How many values there are. */
export function count(): Sink<number, number> {
  return {
    key: "count",
    params: [],
    emit: (code, _, each) => {
      code.line("let count = 0;");
      each(() => code.line("count++;"));
      code.line("return count;");
    },
    combine: (parts) => parts.reduce((a, b) => a + b, 0),
  };
}

/** All values added to a first one. */
export function sum<N extends Numeric>(zero: N): Sink<N, N> {
  return arithmetic("+", 0, zero, (a, b) => a + b);
}

/** All values multiplied with a first one. */
export function product<N extends Numeric>(one: N): Sink<N, N> {
  return arithmetic("*", 1, one, (a, b) => a * b);
}

function arithmetic<N extends Numeric>(
  operator: string,
  identity: 0 | 1,
  first: N,
  // Both are numbers, or both are bigints: the compiler cannot tell.
  // deno-lint-ignore no-explicit-any
  combine: (a: any, b: any) => any,
): Sink<N, N> {
  return {
    key: `${operator} ${typeof first}`,
    params: [],
    emit: (code, _, each) => {
      // Each part begins with what changes nothing: the first one counts once.
      const suffix = typeof first === "bigint" ? "n" : "";
      code.line(`let result = ${identity}${suffix};`);
      each((value) => code.line(`result ${operator}= ${value};`));
      code.line("return result;");
    },
    combine: (parts) => parts.reduce(combine, first),
  };
}
