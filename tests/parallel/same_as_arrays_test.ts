import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { par, type ParallelOptions } from "../../parallel/mod.ts";
import {
  ENDS,
  FREE,
  type Free,
  INDEXED,
  type Indexed,
  type Value,
} from "./array_counterparts.ts";
import { withWorkers } from "./on_all.ts";

const timeout = 120_000;

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
  {
    name: "pieces of a file",
    plan: (numbers, options) => {
      writeFileSync(PATH, Float64Array.from(numbers));
      return par.file(PATH, options).pieces(8)
        .map((bytes) => new Float64Array(bytes.buffer)[0]!);
    },
  },
];

/** Sources of the same numbers, without indices. */
const TEXTS: readonly {
  readonly name: string;
  plan(numbers: readonly number[], options: ParallelOptions): Free;
}[] = [
  {
    name: "lines",
    plan: (numbers, options) =>
      par.lines(numbers.map((n) => `${n}\n`).join(""), options).map((line) =>
        Number(line)
      ),
  },
  {
    name: "lines with other characters",
    plan: (numbers, options) =>
      par.lines(numbers.map((n) => `${n} \u2003\r\n`).join(""), options)
        .map((line) => Number(line)),
  },
  {
    name: "lines of bytes",
    plan: (numbers, options) =>
      par.lines(new TextEncoder().encode(numbers.join("\n")), options)
        .map((line) => Number(line)),
  },
  {
    name: "lines of a file",
    plan: (numbers, options) => {
      writeFileSync(PATH, numbers.map((n) => `${n}\r\n`).join(""));
      return par.file(PATH, options).lines().map((line) => Number(line));
    },
  },
  {
    name: "blocks of a file",
    plan: (numbers, options) => {
      writeFileSync(PATH, numbers.map((n) => `${n}\n`).join(""));
      return par.file(PATH, options).blocks()
        .flatMap((block) => block.split("\n").slice(0, -1)).map((line) =>
          Number(line)
        );
    },
  },
];

/** What those write that have files. */
const PATH = join(tmpdir(), `kindred-numbers-${crypto.randomUUID()}`);

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
        await checkFree(plan, array, free, end);
      },
    ),
    { numRuns },
  );
}

async function checkFree(
  plan: Free,
  array: Value[],
  adaptors: readonly typeof FREE[number][],
  end: typeof ENDS[number],
): Promise<void> {
  for (const adaptor of adaptors) {
    plan = adaptor.plan(plan);
    array = adaptor.array(array);
  }
  assertEquals(await end.plan(plan), end.array(array));
}

async function checkTexts(
  options: ParallelOptions,
  numRuns: number,
  maxLength: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -9, max: 99 }), { maxLength }),
      fc.constantFrom(...TEXTS),
      fc.array(fc.constantFrom(...FREE), { maxLength: 2 }),
      fc.constantFrom(...ENDS),
      (numbers, source, free, end) =>
        checkFree(source.plan(numbers, options), numbers, free, end),
    ),
    { numRuns },
  );
}

Deno.test("par: every plan gives what arrays give, on this thread (U11)", {
  timeout,
}, async () => {
  await check({}, 500, 40);
  await checkTexts({}, 500, 40);
  rmSync(PATH);
});

Deno.test("par: every plan gives what arrays give, on workers (U11)", {
  timeout,
}, () =>
  withWorkers(async (options) => {
    await check(options, 200, 200);
    await checkTexts(options, 200, 200);
    rmSync(PATH);
  }));
