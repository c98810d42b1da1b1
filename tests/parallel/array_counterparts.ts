/**
 * What plans do, and what arrays do instead.
 *
 * @module
 */

import type {
  IndexedParallelIterator,
  ParallelIterator,
} from "../../parallel/mod.ts";

/** What the values of a plan become. */
export type Value = number | readonly Value[];
/** A plan whose values have indices. */
export type Indexed = IndexedParallelIterator<Value>;
/** Any plan. */
export type Free = ParallelIterator<Value>;

/** What a plan does with values that have indices, and what an array does. */
export const INDEXED: readonly {
  readonly name: string;
  plan(plan: Indexed, n: number): Indexed;
  array(array: Value[], n: number): Value[];
}[] = [
  {
    name: "map",
    plan: (plan) => plan.map((v) => [v]),
    array: (array) => array.map((v) => [v]),
  },
  {
    name: "mapInit",
    plan: (plan) => plan.mapInit(() => [1], (one, v) => [...one, v]),
    array: (array) => array.map((v) => [1, v]),
  },
  {
    name: "inspect",
    plan: (plan) => plan.inspect((v) => void v),
    array: (array) => array,
  },
  {
    name: "enumerate",
    plan: (plan) => plan.enumerate(),
    array: (array) => array.map((v, k) => [k, v]),
  },
  {
    name: "rev",
    plan: (plan) => plan.rev(),
    array: (array) => array.toReversed(),
  },
  {
    name: "skip",
    plan: (plan, n) => plan.skip(n),
    array: (array, n) => array.slice(n),
  },
  {
    name: "take",
    plan: (plan, n) => plan.take(n),
    array: (array, n) => array.slice(0, n),
  },
  {
    name: "stepBy",
    plan: (plan, n) => plan.stepBy(n + 1),
    array: (array, n) => array.filter((_, k) => k % (n + 1) === 0),
  },
  {
    name: "chunks",
    plan: (plan, n) => plan.chunks(n + 1).map((run) => Array.from(run)),
    array: (array, n) =>
      array.flatMap((_, k) =>
        k % (n + 1) === 0 ? [array.slice(k, k + n + 1)] : []
      ),
  },
  {
    name: "windows",
    plan: (plan, n) => plan.windows(n + 1).map((run) => Array.from(run)),
    array: (array, n) =>
      array.flatMap((_, k) =>
        k + n < array.length ? [array.slice(k, k + n + 1)] : []
      ),
  },
  {
    name: "zip",
    plan: (plan, n) => plan.zip(plan.skip(n)),
    array: (array, n) => array.slice(n).map((v, k) => [array[k]!, v]),
  },
  {
    name: "chain",
    plan: (plan, n) => plan.chain(plan.take(n).rev()),
    array: (array, n) => [...array, ...array.slice(0, n).reverse()],
  },
  {
    name: "withMinLen",
    plan: (plan, n) => plan.withMinLen(n + 1),
    array: (array) => array,
  },
  {
    name: "withMaxLen",
    plan: (plan, n) => plan.withMaxLen(n + 1),
    array: (array) => array,
  },
];

/** The same of those after which there are no indices. */
export const FREE: readonly {
  readonly name: string;
  plan(plan: Free): Free;
  array(array: Value[]): Value[];
}[] = [
  { name: "none", plan: (plan) => plan, array: (array) => array },
  {
    name: "map",
    plan: (plan) => plan.map((v) => [v, v]),
    array: (array) => array.map((v) => [v, v]),
  },
  {
    name: "filter",
    plan: (plan) => plan.filter((v) => JSON.stringify(v).length % 2 === 0),
    array: (array) => array.filter((v) => JSON.stringify(v).length % 2 === 0),
  },
  {
    name: "filterMap",
    plan: (plan) =>
      plan.filterMap((v) => typeof v === "number" ? v + 1 : undefined),
    array: (array) =>
      array.flatMap((v) => typeof v === "number" ? [v + 1] : []),
  },
  {
    name: "flatMap",
    plan: (plan) => plan.flatMap((v) => typeof v === "number" ? [v, v] : v),
    array: (array) => array.flatMap((v) => typeof v === "number" ? [v, v] : v),
  },
  {
    name: "chain",
    plan: (plan) => plan.chain(plan.filter((v) => typeof v === "number")),
    array: (array) => [...array, ...array.filter((v) => typeof v === "number")],
  },
  {
    name: "fold",
    plan: (plan) =>
      plan.fold(() => [] as readonly Value[], (folded, v) => [...folded, v])
        .flatMap((folded) => folded),
    array: (array) => array,
  },
];

/** What becomes of the values. */
export const ENDS: readonly {
  readonly name: string;
  plan(plan: Free): Promise<unknown>;
  array(array: Value[]): unknown;
}[] = [
  {
    name: "collect",
    plan: (plan) => plan.collect(),
    array: (array) => array,
  },
  {
    name: "count",
    plan: (plan) => plan.count(),
    array: (array) => array.length,
  },
  {
    name: "sum",
    plan: (plan) => plan.map((v) => JSON.stringify(v).length).sum(),
    array: (array) =>
      array.reduce<number>((sum, v) => sum + JSON.stringify(v).length, 0),
  },
  {
    name: "product",
    plan: (plan) =>
      plan.map((v) => BigInt(JSON.stringify(v).length)).product(1n),
    array: (array) =>
      array.reduce((all, v) => all * BigInt(JSON.stringify(v).length), 1n),
  },
  {
    name: "reduce",
    plan: (plan) =>
      plan.map((v) => JSON.stringify(v)).reduce(() => "", (a, b) => a + b),
    array: (array) => array.map((v) => JSON.stringify(v)).join(""),
  },
  {
    name: "minBy",
    plan: (plan) =>
      plan.minBy((a, b) => JSON.stringify(a).length - JSON.stringify(b).length),
    array: (array) =>
      array.toSorted((a, b) =>
        JSON.stringify(a).length - JSON.stringify(b).length
      )[0],
  },
  {
    name: "maxBy",
    plan: (plan) =>
      plan.maxBy((a, b) => JSON.stringify(a).length - JSON.stringify(b).length),
    array: (array) =>
      array.toSorted((a, b) =>
        JSON.stringify(a).length - JSON.stringify(b).length
      ).at(-1),
  },
  {
    name: "minByKey",
    plan: (plan) => plan.minByKey((v) => JSON.stringify(v)),
    array: (array) => sortedByText(array)[0],
  },
  {
    name: "maxByKey",
    plan: (plan) => plan.maxByKey((v) => JSON.stringify(v)),
    array: (array) => sortedByText(array).at(-1),
  },
  {
    name: "min",
    plan: (plan) => plan.map((v) => JSON.stringify(v)).min(),
    array: (array) => array.map((v) => JSON.stringify(v)).sort()[0],
  },
  {
    name: "max",
    plan: (plan) => plan.map((v) => JSON.stringify(v)).max(),
    array: (array) => array.map((v) => JSON.stringify(v)).sort().at(-1),
  },
  {
    name: "findFirst",
    plan: (plan) => plan.findFirst((v) => JSON.stringify(v).length % 3 === 0),
    array: (array) => array.find((v) => JSON.stringify(v).length % 3 === 0),
  },
  {
    name: "any",
    plan: (plan) => plan.any((v) => JSON.stringify(v).length % 3 === 0),
    array: (array) => array.some((v) => JSON.stringify(v).length % 3 === 0),
  },
  {
    name: "all",
    plan: (plan) => plan.all((v) => JSON.stringify(v).length % 3 !== 0),
    array: (array) => array.every((v) => JSON.stringify(v).length % 3 !== 0),
  },
  {
    name: "tryForEach",
    plan: (plan) =>
      plan.tryForEach((v) =>
        JSON.stringify(v).length % 3 === 0 ? JSON.stringify(v) : undefined
      ),
    array: (array) =>
      array.map((v) => JSON.stringify(v)).find((text) => text.length % 3 === 0),
  },
  {
    name: "partition",
    plan: (plan) => plan.partition((v) => typeof v === "number"),
    array: (array) => [
      array.filter((v) => typeof v === "number"),
      array.filter((v) => typeof v !== "number"),
    ],
  },
  {
    name: "unzip",
    plan: (plan) => plan.map((v): [Value, Value] => [v, [v]]).unzip(),
    array: (array) => [array, array.map((v) => [v])],
  },
];

function sortedByText(array: Value[]): Value[] {
  return array.map((v): [string, Value] => [JSON.stringify(v), v])
    .sort(([a], [b]) => a < b ? -1 : Number(a > b)).map(([, v]) => v);
}
