import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import fc from "fast-check";
import { closure } from "../../aware/mod.ts";
import { par, type ParallelOptions } from "../../parallel/mod.ts";
import { SharedCounter } from "../../sync/mod.ts";
import { Runtime } from "../../workers/mod.ts";
import { withWorkers } from "./on_all.ts";

const timeout = 120_000;

/** NaN whose sign is set: it is last like any other. */
const [SIGNED_NAN] = new Float64Array(
  BigUint64Array.of(0xfff8_0000_0000_0000n).buffer,
);

const KEYS = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double(),
  fc.constantFrom(NaN, -0, 0, Infinity, -Infinity),
);

interface Card {
  readonly key: number;
  /** Tells equals from each other. */
  readonly at: number;
}

const CARDS = fc.array(KEYS, { maxLength: 2500, size: "max" }).map((keys) =>
  keys.map((key, at): Card => ({ key, at }))
);

/** Smaller keys first, NaN last. */
function byKey(a: Card, b: Card): number {
  if (a.key < b.key) return -1;
  if (a.key > b.key) return 1;
  return Number(a.key !== a.key) - Number(b.key !== b.key);
}

async function check(options: ParallelOptions, numRuns: number) {
  const checked = fc.asyncProperty(
    CARDS,
    fc.array(fc.string({ maxLength: 3 }), { maxLength: 300 }),
    fc.array(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n })),
    async (cards, texts, bigs) => {
      const sorted = cards.toSorted(byKey);
      const byComparison = cards.slice();
      assertStrictEquals(
        await par.sortBy(byComparison, byKey, options),
        byComparison,
      );
      assertSame(byComparison, sorted);
      assertSame(
        await par.sortByKey(cards.slice(), (c) => c.key, options),
        sorted,
      );
      const text = (c: Card) => String(c.key);
      assertSame(
        await par.sortByKey(cards.slice(), text, options),
        cards.toSorted((a, b) => {
          const [x, y] = [text(a), text(b)];
          return x < y ? -1 : Number(x > y);
        }),
      );
      const numbers = cards.map(({ key }) => key);
      assertSame(
        await par.sort(numbers.slice(), options),
        Array.from(Float64Array.from(numbers).sort()),
      );
      assertSame(await par.sort(texts.slice(), options), texts.toSorted());
      const small = bigs.map((big) => BigInt.asIntN(64, big));
      for (const all of [bigs, small]) {
        assertSame(
          await par.sort(all.slice(), options),
          all.toSorted((a, b) => a < b ? -1 : Number(a > b)),
        );
      }
    },
  );
  await fc.assert(checked, { numRuns });
}

/** The very same values: NaN is NaN, -0 is not 0, objects are not copies. */
function assertSame<T>(actual: readonly T[], expected: readonly T[]): void {
  assertEquals(actual.length, expected.length);
  const other = actual.findIndex((value, k) => !Object.is(value, expected[k]));
  assertEquals([other, actual[other]], [-1, undefined]);
}

Deno.test(
  "par.sortBy(), sortByKey() and sort() of arrays do what toSorted() does, on this thread (U12)",
  { timeout },
  () => check({}, 100),
);

Deno.test("sorts of arrays on workers (U12)", { timeout }, async (t) => {
  await using runtime = await Runtime.start({ workers: 2 });
  const options = { runtime, eager: true };

  await t.step(
    "par.sortBy(), sortByKey() and sort() do what toSorted() does",
    () => check(options, 25),
  );

  await t.step("par.sortBy() of many, that are worth it", async () => {
    const words = Array.from(
      { length: 5000 },
      (_, at) => ({ text: `${at * 7919 % 1009}`, at }),
    );
    const compare = (a: { text: string }, b: { text: string }) =>
      a.text.localeCompare(b.text, "en", { numeric: true });
    const sorted = words.toSorted(compare);
    assertSame(await par.sortBy(words, compare, { runtime }), sorted);
  });

  await t.step("par.sortBy() compares with data of its own", async () => {
    const ranks = closure(
      { ranks: [2, 0, 1] },
      ({ ranks }, a: number, b: number) => ranks[a]! - ranks[b]!,
    );
    assertEquals(
      await par.sortBy([0, 1, 2, 0, 1], ranks, options),
      [1, 1, 2, 0, 0],
    );
  });

  await t.step(
    "par.sortBy() loses nothing if a comparison contradicts itself",
    async () => {
      const comparisons = [
        () => Math.random() - 0.5,
        () => -1,
        () => 1,
        () => NaN,
        (a: Card, b: Card) => a.at % 3 === b.at % 2 ? 1 : -1,
      ];
      for (const compare of comparisons) {
        const cards = Array.from({ length: 2000 }, (_, at) => ({ key: 0, at }));
        await par.sortBy(cards, compare, options);
        assertEquals(
          cards.map(({ at }) => at).sort((a, b) => a - b),
          Array.from(cards, (_, k) => k),
        );
      }
    },
  );

  await t.step(
    "par.sortBy() whose comparison throws leaves the array as it was",
    () => checkErrors(options),
  );
});

Deno.test("par.sortBy() compares on workers, whatever the size", {
  timeout,
}, () =>
  withWorkers(async (options) => {
    const elsewhere = new SharedCounter();
    const compare = closure(
      { elsewhere },
      ({ elsewhere }, a: Card, b: Card) => {
        if ("WorkerGlobalScope" in globalThis) elsewhere.add(1);
        return a.key - b.key;
      },
    );
    for (const length of [0, 1, 2, 3, 7, 8, 9, 63, 64, 65]) {
      const cards = Array.from(
        { length },
        (_, at): Card => ({ key: at * 7 % 5, at }),
      );
      const sorted = cards.toSorted(byKey);
      assertSame(await par.sortBy(cards, compare, options), sorted);
    }
    assert(elsewhere.value > 0);
  }));

Deno.test(
  "par.sortBy() whose comparison throws leaves the array as it was, on this thread",
  () => checkErrors({}),
);

async function checkErrors(options: ParallelOptions): Promise<void> {
  const captured = 3;
  const array = Array.from({ length: 500 }, (_, k) => k * 7 % 500);
  const before = array.slice();
  const fails: (() => Promise<unknown>)[] = [
    () =>
      par.sortBy(array, (a, b) => {
        if (a === 3 || b === 3) throw new RangeError("three");
        return a - b;
      }, options),
    () =>
      par.sortByKey(array, (n) => {
        if (n === 3) throw new RangeError("three");
        return n;
      }, options),
    () => par.sortBy(array, (a, b) => captured * (a - b), options),
    () => par.sortByKey(array, (n) => captured * n, options),
    () =>
      par.sortByKey(array, (n) => n === 3 ? "three" : n as unknown as string),
    () =>
      par.sortBy(array, () => 0, {
        ...options,
        signal: AbortSignal.abort(new Error("not now")),
      }),
  ];
  const said = ["three", "three", "'captured'", "'captured'", "string", "now"];
  for (const [k, fail] of fails.entries()) {
    await assertRejects(fail, Error, said[k]);
    assertEquals(array, before);
  }
}

Deno.test("par.sortByKey() heeds each bit of a key, but for those of NaN", async () => {
  const keys: number[] = [];
  for (let bit = 0n; bit < 64n; bit++) {
    const words = BigUint64Array.of(0x3ff0_0000_0000_0000n ^ (1n << bit));
    const [key] = new Float64Array(words.buffer);
    keys.push(key!, SIGNED_NAN!, -key!);
  }
  const cards = Array.from(
    { length: 1000 },
    (_, at): Card => ({ key: keys[(at * 7919) % keys.length]!, at }),
  );
  const sorted = cards.toSorted(byKey);
  assertSame(await par.sortByKey(cards, ({ key }) => key), sorted);
});

Deno.test("par.sortBy() puts undefined and holes last, and compares none", async () => {
  const array = [3, undefined, 1, undefined, 2];
  array.length = 6;
  const compare = (a: number | undefined, b: number | undefined) => a! - b!;
  assertEquals(
    await par.sortBy(array, compare),
    [1, 2, 3, undefined, undefined, undefined],
  );
});

Deno.test("sorts of arrays name what they refuse, and change nothing", async () => {
  const bad = <T>(value: unknown) => value as T;
  const compare = () => 0;
  await assertRejects(() => par.sort(bad<number[]>({})), TypeError, "'array'");
  await assertRejects(
    () => par.sort(bad<number[]>([2, "1"])),
    TypeError,
    "number and string",
  );
  await assertRejects(
    () => par.sort(bad<number[]>([2, , 1])),
    TypeError,
    "number and undefined",
  );
  await assertRejects(
    () => par.sort(bad<number[]>([null])),
    TypeError,
    "received null",
  );
  await assertRejects(
    () => par.sortBy(bad<number[]>("ba"), compare),
    TypeError,
    "received string",
  );
  await assertRejects(
    () => par.sortBy(bad<number[]>(new Int8Array(2)), compare),
    TypeError,
    "'array'",
  );
  await assertRejects(
    () => par.sortBy([], bad(undefined)),
    TypeError,
    "'compare'",
  );
  await assertRejects(
    () => par.sortByKey([], bad(undefined)),
    TypeError,
    "'keyOf'",
  );
  await assertRejects(
    () => par.sortByKey([1], bad(() => ({}))),
    TypeError,
    "received object",
  );
  await assertRejects(
    () => par.sortBy([], compare, bad(5)),
    TypeError,
    "'options'",
  );
});
