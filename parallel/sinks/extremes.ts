/**
 * `min` and `max`, by themselves, by a comparison, by a key.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { Sink } from "./sink.ts";

/** A value, and by what it is compared. */
type Best<T> = readonly [value: T, key: unknown];

type Compare = (a: unknown, b: unknown) => number;

/** How values are compared. */
interface Order {
  readonly key: string;
  readonly params: readonly unknown[];
  /** By what a value is compared, as an expression. */
  keyOf(params: readonly string[], value: string): string;
  /** Whether a key takes the place of another, as an expression. */
  isBetter(params: readonly string[], key: string, best: string): string;
  /** The same, here, with its parameters as the loop has them. */
  better(params: readonly unknown[], key: unknown, best: unknown): boolean;
}

/** The first of the smallest values; undefined if there are none. */
export function min<T>(): Sink<Best<T>, T | undefined> {
  return extreme({
    key: "min",
    params: [],
    keyOf: (_, value) => value,
    ...SMALLER,
  });
}

/** The last of the largest values; undefined if there are none. */
export function max<T>(): Sink<Best<T>, T | undefined> {
  return extreme({
    key: "max",
    params: [],
    keyOf: (_, value) => value,
    ...LARGER,
  });
}

/** The first of the values with the smallest key. */
export function minByKey<T>(
  keyOf: AnyFunction,
): Sink<Best<T>, T | undefined> {
  return extreme({
    key: "minByKey",
    params: [keyOf],
    keyOf: ([f], value) => `${f}(${value})`,
    ...SMALLER,
  });
}

/** The last of the values with the largest key. */
export function maxByKey<T>(
  keyOf: AnyFunction,
): Sink<Best<T>, T | undefined> {
  return extreme({
    key: "maxByKey",
    params: [keyOf],
    keyOf: ([f], value) => `${f}(${value})`,
    ...LARGER,
  });
}

/** The first of those before which a comparison puts nothing. */
export function minBy<T>(
  compare: (a: T, b: T) => number,
): Sink<Best<T>, T | undefined> {
  return extreme({
    key: "minBy",
    params: [compare],
    keyOf: (_, value) => value,
    isBetter: ([compare], key, best) => `${compare}(${key}, ${best}) < 0`,
    better: ([compare], key, best) => (compare as Compare)(key, best) < 0,
  });
}

/** The last of those behind which a comparison puts nothing. */
export function maxBy<T>(
  compare: (a: T, b: T) => number,
): Sink<Best<T>, T | undefined> {
  return extreme({
    key: "maxBy",
    params: [compare],
    keyOf: (_, value) => value,
    isBetter: ([compare], key, best) => `${compare}(${key}, ${best}) >= 0`,
    better: ([compare], key, best) => (compare as Compare)(key, best) >= 0,
  });
}

// What is no number, as NaN is none, wins, as in Math.min(): else where it stands
// would decide.
// deno-lint-ignore no-explicit-any
type Compared = any;

const SMALLER = {
  isBetter: (_: unknown, key: string, best: string) =>
    `${key} < ${best} || ${key} !== ${key}`,
  better: (_: unknown, key: Compared, best: Compared) =>
    key < best || key !== key,
};

const LARGER = {
  isBetter: (_: unknown, key: string, best: string) =>
    `${key} >= ${best} || ${key} !== ${key}`,
  better: (_: unknown, key: Compared, best: Compared) =>
    key >= best || key !== key,
};

function extreme<T>(order: Order): Sink<Best<T>, T | undefined> {
  return {
    key: order.key,
    params: order.params,
    emit: (code, params, each) => {
      code.line("let found = false, best, bestKey;");
      each((value) => {
        const key = code.value(order.keyOf(params, value));
        const isBetter = order.isBetter(params, key, "bestKey");
        code.line(
          `if (!found || ${isBetter}) { found = true; best = ${value}; bestKey = ${key}; }`,
        );
      });
      code.line("return found ? [best, bestKey] : undefined;");
    },
    combine: (parts, own) => {
      let best: Best<T> | undefined;
      for (const part of parts) {
        if (part === undefined) continue;
        if (best === undefined || order.better(own, part[1], best[1])) {
          best = part;
        }
      }
      return best?.[0];
    },
  };
}
