import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  par,
  type ParallelOptions,
  type TypedArray,
} from "../../parallel/mod.ts";
import { Runtime } from "../../workers/mod.ts";

const timeout = 60_000;

const TYPES = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float16Array,
  Float32Array,
  Float64Array,
] as const;

/** Numbers as sorts find hard: few of them, all of them, and what is no number. */
const NUMBERS = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer(),
  fc.double(),
  fc.double({ min: 1, max: 1 + 2 ** -40, noNaN: true }),
  fc.constantFrom(NaN, -0, 0, Infinity, -Infinity, 2 ** 31, -(2 ** 31)),
);

/** NaN whose sign is set: it is last like any other. */
function withSignedNaN(array: Float64Array): Float64Array {
  const words = new Int32Array(array.buffer, array.byteOffset);
  for (let k = 0; k < array.length; k += 3) {
    if (Number.isNaN(array[k])) words[2 * k + 1] = 0xfff8 << 16;
  }
  return array;
}

async function check(options: ParallelOptions, numRuns: number) {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...TYPES),
      fc.array(NUMBERS, { maxLength: 1500, size: "max" }),
      fc.boolean(),
      async (type, numbers, isShared) => {
        const { length } = numbers;
        const array: TypedArray = isShared
          ? new (type as Float64ArrayConstructor)(
            new SharedArrayBuffer(type.BYTES_PER_ELEMENT * length),
          )
          : new type(length);
        array.set(numbers);
        if (array instanceof Float64Array) withSignedNaN(array);
        const expected = Array.from(type.from(numbers).sort());
        assertEquals(await par.sort(array, options), array);
        assert(Array.from(array).every((n, k) => Object.is(n, expected[k])));
      },
    ),
    { numRuns },
  );
}

Deno.test(
  "par.sort() does what sort() of typed arrays does, on this thread (U12)",
  {
    timeout,
  },
  () => check({}, 200),
);

Deno.test(
  "par.sort() does what sort() of typed arrays does, on workers (U12)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    await check({ runtime, eager: true }, 60);
  },
);

Deno.test("par.sort() of bigints, and of large arrays of all shapes (U12)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const length = 200_000;
  const shapes: ((k: number) => number)[] = [
    (k) => (k * 7919) % length,
    (k) => k,
    (k) => length - k,
    () => 5,
    (k) => k === 1000 ? 2 ** 40 : k % 100,
    (k) => Math.exp((k * 7919) % 600),
    (k) => (k % 2 - 0.5) * (k * 7919 % length),
  ];
  for (const shape of shapes) {
    const array = Float64Array.from({ length }, (_, k) => shape(k));
    const expected = array.slice().sort();
    await par.sort(array, { runtime });
    assertEquals(array, expected);
    for (const type of [Int32Array, Uint32Array, Float32Array]) {
      const words = new type(
        Array.from({ length }, (_, k) => shape(k) - 1000),
      );
      const ordered = words.slice().sort();
      await par.sort(words, { runtime });
      assertEquals(words, ordered);
    }
    const big = BigInt64Array.from(
      { length },
      (_, k) => BigInt(Math.trunc(shape(k) % 2 ** 60)) - 1000n,
    );
    const ordered = big.slice().sort();
    await par.sort(big, { runtime });
    assertEquals(big, ordered);
  }
});

Deno.test("par.sort() in shared memory that is aborted loses nothing (U12)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const length = 1 << 20;
  const array = new Float64Array(new SharedArrayBuffer(8 * length));
  for (let k = 0; k < length; k++) array[k] = (k * 7919) % length;
  const controller = new AbortController();
  const { signal } = controller;
  const remove = signal.removeEventListener;
  let steps = 0;
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    remove.apply(signal, args);
    // The next step writes elements over.
    if (++steps === 3) setTimeout(() => controller.abort(new Error("enough")));
  };
  const sorted = par.sort(array, { runtime, signal });
  await assertRejects(() => sorted, Error, "enough");
  assertEquals(steps, 3);
  assertEquals(array.sort().findIndex((n, k) => n !== k), -1);
});

Deno.test("par.sort() of typed arrays names a wrong option, and heeds its signal", async () => {
  await assertRejects(
    () => par.sort(new Int8Array(1), { eager: 5 as unknown as boolean }),
    TypeError,
    "'eager'",
  );
  const array = Float64Array.from([2, 1]);
  const reason = new Error("not now");
  const signal = AbortSignal.abort(reason);
  await assertRejects(() => par.sort(array, { signal }), Error, "not now");
  assertEquals([...array], [2, 1]);
});
