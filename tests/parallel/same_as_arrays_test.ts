import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type IndexedParallelIterator,
  par,
  type ParallelIterator,
  type ParallelOptions,
} from "../../parallel/mod.ts";
import { withWorkers } from "./on_all.ts";

const timeout = 120_000;

type Value = number | readonly Value[];
type Indexed = IndexedParallelIterator<Value>;
type Free = ParallelIterator<Value>;

/** What a plan does with values that have indices, and what an array does. */
const INDEXED: readonly {
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
const FREE: readonly {
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
const ENDS: readonly {
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

/** Sources of the same numbers. */
const SOURCES: readonly {
  readonly name: string;
  plan(numbers: readonly number[], options: ParallelOptions): Indexed;
}[] = [
  { name: "array", plan: (numbers, options) => par(numbers, options) },
  {
    name: "array of arrays",
    plan: (numbers, options) =>
      par(numbers.map((n) => [n]), options).map(([n]) => n!),
  },
  {
    name: "iterable",
    plan: (numbers, options) =>
      par(new Set(numbers.entries()), options)
        .map(([, n]) => n),
  },
  {
    name: "typed array",
    plan: (numbers, options) => par(Float64Array.from(numbers), options),
  },
  {
    name: "shared typed array",
    plan: (numbers, options) => {
      const shared = new Int32Array(new SharedArrayBuffer(4 * numbers.length));
      shared.set(numbers);
      return par(shared, options);
    },
  },
];

async function check(
  options: ParallelOptions,
  numRuns: number,
  maxLength: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -9, max: 99 }), { maxLength }),
      fc.constantFrom(...SOURCES),
      fc.array(fc.tuple(fc.constantFrom(...INDEXED), fc.nat(3)), {
        maxLength: 3,
      }),
      fc.array(fc.constantFrom(...FREE), { maxLength: 2 }),
      fc.constantFrom(...ENDS),
      async (numbers, source, indexed, free, end) => {
        let plan = source.plan(numbers, options);
        let array: Value[] = numbers;
        for (const [adaptor, n] of indexed) {
          plan = adaptor.plan(plan, n);
          array = adaptor.array(array, n);
        }
        assertEquals(plan.length, array.length);
        let values: Free = plan;
        for (const adaptor of free) {
          values = adaptor.plan(values);
          array = adaptor.array(array);
        }
        assertEquals(await end.plan(values), end.array(array));
      },
    ),
    { numRuns },
  );
}

Deno.test("par: every plan gives what arrays give, on this thread (U11)", {
  timeout,
}, () => check({}, 500, 40));

Deno.test("par: every plan gives what arrays give, on workers (U11)", {
  timeout,
}, () => withWorkers((options) => check(options, 200, 200)));
