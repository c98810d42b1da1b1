import { assertEquals, assertMatch } from "@std/assert";
import {
  bytesOf,
  doublesOf,
  integersOf,
  type IntegerViews,
  longsOf,
  wordsOf,
} from "../../sync/memory/memory.ts";
import { explore } from "./explorer.ts";
import { refuses, type Words, words } from "./futex_mutex.ts";

Deno.test("explore() refuses a payload that nothing orders", async () => {
  const { reason } = await refuses("data race", {
    setup: words(2),
    threads: [
      (w) => {
        Atomics.store(w, 0, 1);
        w[1] = 5; // too late
      },
      (w) => Atomics.load(w, 0) === 1 ? w[1] : 0,
    ],
  });
  assertMatch(reason, /reads word 1 \(.*not ordered after T0 writes word 1/);
});

Deno.test("explore() accepts a payload that an atomic store publishes", async () => {
  await explore({
    setup: words(2),
    threads: [
      (w) => {
        w[1] = 5;
        Atomics.store(w, 0, 1);
      },
      (w) => Atomics.load(w, 0) === 1 ? w[1] : 5,
    ],
    check: (_, [, seen]) => assertEquals(seen, 5),
  });
});

Deno.test("explore() refuses a plain access beside an atomic one", async () => {
  await refuses("data race", {
    setup: words(1),
    threads: [(w) => Atomics.store(w, 0, 1), (w) => w[0]],
  });
  await refuses("data race", {
    setup: words(1),
    threads: [(w) => void (w[0] = 1), (w) => Atomics.load(w, 0)],
  });
});

Deno.test("explore() does not take an atomic read for a publication", async () => {
  const reads = [
    (w: Words) => Atomics.load(w, 0),
    (w: Words) => Atomics.compareExchange(w, 0, 7, 8),
    (w: Words) => Atomics.wait(w, 0, 7),
  ];
  for (const read of reads) {
    await refuses("data race", {
      setup: words(2),
      threads: [
        (w) => {
          w[1] = 5;
          read(w);
        },
        (w) => {
          Atomics.add(w, 0, 0);
          return w[1];
        },
      ],
      // In the first schedule T1 comes last, so that only the missing edge
      // shows the race; a later one would show it anyway.
      maxSchedules: 1,
    });
  }
});

Deno.test("explore() orders a woken thread after its waker", async () => {
  await explore({
    setup: words(2),
    threads: [
      (w) => Atomics.wait(w, 0, 0) === "ok" ? w[1] : 5,
      (w) => {
        w[1] = 5;
        while (Atomics.notify(w, 0) === 0) {
          if (Atomics.exchange(w, 0, 1) === 1) break;
        }
      },
    ],
    check: (_, [seen]) => assertEquals(seen, 5),
  });
});

Deno.test("explore() does not take two bytes of a word for one", async () => {
  await explore({
    setup: () => new SharedArrayBuffer(8),
    threads: [0, 1].map((i) => (buffer: SharedArrayBuffer) => {
      bytesOf({ buffer, byteOffset: 0 }, 8)[i] = 1;
    }),
    check: (buffer) => assertEquals(new Uint8Array(buffer)[1], 1),
  });
});

Deno.test("explore() refuses atomics of two sizes on the same bytes", async () => {
  await refuses("unsupported", {
    setup: () => new SharedArrayBuffer(16),
    threads: [
      (buffer) => Atomics.load(longsOf({ buffer, byteOffset: 0 }, 1), 0),
      (buffer) => {
        const words = wordsOf({ buffer, byteOffset: 0 }, 4);
        Atomics.load(words, 2);
        Atomics.load(words, 1);
      },
    ],
  });
});

Deno.test("explore() does plain writes once, however often a thread is run", async () => {
  await explore({
    setup: words(4),
    threads: [(w) => {
      for (let i = 0; i < 5; i++) {
        w[1]!++;
        Atomics.add(w, 0, 1);
      }
    }],
    check: (w) => assertEquals([...w], [5, 5, 0, 0]),
  });
});

Deno.test("explore() gives the methods of a view their usual results", async () => {
  const body = (b: Uint8Array) => {
    b.set([1, 2, 3], 1);
    b.set(b.subarray(1, 4), 5);
    b.fill(9, -1);
    b.copyWithin(0, 1, 3);
    b.subarray(2, 4).reverse();
    return [
      [...b],
      b.length,
      b.at(-1),
      [...b.slice(1, 3)],
      b.indexOf(9),
      b.byteOffset,
      b.includes(3),
      Array.from(b.entries()).length,
      b[100],
      new Uint8Array(b).join(),
    ];
  };
  const native = new Uint8Array(new ArrayBuffer(12), 2, 10);
  await explore({
    setup: () => new SharedArrayBuffer(12),
    threads: [(buffer) => {
      const bytes = bytesOf({ buffer, byteOffset: 2 }, 10);
      const values = body(bytes);
      // A step, so that all of it is replayed.
      Atomics.load(wordsOf({ buffer, byteOffset: 0 }, 1), 0);
      return values;
    }],
    check: (_, [values]) => assertEquals(values, body(native)),
  });
});

Deno.test("explore() models 64-bit words, bytes, and each operation", async () => {
  const body = (longs: BigInt64Array, bytes: Uint8Array) => [
    Atomics.store(longs, 0, -5n),
    Atomics.add(longs, 0, 7n),
    Atomics.sub(longs, 0, 1n),
    Atomics.compareExchange(longs, 0, 1n, 2n ** 63n),
    Atomics.load(longs, 0),
    Atomics.exchange(longs, 0, 12n),
    Atomics.and(longs, 0, 10n),
    Atomics.or(longs, 0, 1n),
    Atomics.xor(longs, 0, 3n),
    Atomics.notify(longs, 0),
    Atomics.wait(longs, 0, 0n),
    Atomics.add(bytes, 1, 255),
    Atomics.sub(bytes, 1, 256),
    Atomics.load(bytes, 1),
    Atomics.isLockFree(4),
  ];
  const expected = body(
    new BigInt64Array(new SharedArrayBuffer(8)),
    new Uint8Array(8),
  );
  await explore({
    setup: () => new SharedArrayBuffer(16),
    threads: [(buffer) =>
      body(
        longsOf({ buffer, byteOffset: 0 }, 1),
        bytesOf({ buffer, byteOffset: 8 }, 8),
      )],
    check: (_, [values]) => assertEquals(values, expected),
  });
});

Deno.test("explore() models integers of every size, with their signs", async () => {
  const body = ({ i8, u8, i16, u16, i32, u32, i64, u64 }: IntegerViews) => [
    ...[i8, u8, i16, u16, i32, u32].flatMap((view, k) => [
      Atomics.store(view, 16 / view.BYTES_PER_ELEMENT + k, -1),
      Atomics.load(view, 16 / view.BYTES_PER_ELEMENT + k),
      Atomics.compareExchange(view, 16 / view.BYTES_PER_ELEMENT + k, -1, 5),
      Atomics.compareExchange(view, 16 / view.BYTES_PER_ELEMENT + k, 9, 6),
      Atomics.add(view, 16 / view.BYTES_PER_ELEMENT + k, -7),
      Atomics.load(view, 16 / view.BYTES_PER_ELEMENT + k),
    ]),
    ...[i64, u64].flatMap((view, k) => [
      Atomics.store(view, k, -1n),
      Atomics.load(view, k),
      Atomics.compareExchange(view, k, -1n, 5n),
      Atomics.sub(view, k, 7n),
      Atomics.load(view, k),
    ]),
  ];
  const slice = () => ({
    buffer: new SharedArrayBuffer(64),
    byteOffset: 0,
  });
  const expected = body(integersOf(slice(), 64));
  await explore({
    setup: slice,
    threads: [(own) => body(integersOf(own, 64))],
    check: (_, [values]) => assertEquals(values, expected),
  });
});

Deno.test("explore() sees a race between a number of 64 bits and its halves", async () => {
  const setup = () => ({ buffer: new SharedArrayBuffer(16), byteOffset: 0 });
  await refuses("data race", {
    setup,
    threads: [
      (slice) => {
        doublesOf(slice, 2)[1] = 0.1;
        Atomics.store(wordsOf(slice, 4), 0, 1);
      },
      (slice) => wordsOf(slice, 4)[3],
    ],
  });
  await explore({
    setup,
    threads: [
      (slice) => {
        doublesOf(slice, 2)[1] = 0.1;
        Atomics.store(wordsOf(slice, 4), 0, 1);
      },
      (slice) =>
        Atomics.load(wordsOf(slice, 4), 0) === 1 ? doublesOf(slice, 2)[1] : 0.1,
    ],
    check: (_, [, seen]) => assertEquals(seen, 0.1),
  });
});

Deno.test("explore() keeps the buffers that a thread makes", async () => {
  await explore({
    setup: words(1),
    threads: [0, 1].map(() => (w: Words) => {
      const own = new Int32Array(new SharedArrayBuffer(4));
      Atomics.store(own, 0, 3);
      Atomics.add(w, 0, 1);
      return Atomics.load(own, 0);
    }),
    check: (_, results) => assertEquals(results, [3, 3]),
  });
});

Deno.test("explore() puts memory back for each schedule", async () => {
  await explore({
    setup: () => {
      const w = words(2)();
      Atomics.store(w, 0, 40);
      w[1] = 41;
      return w;
    },
    threads: [0, 1].map(() => (w: Words) => Atomics.add(w, 0, 1)),
    check: (w, results) => {
      assertEquals([...w], [42, 41]);
      assertEquals(results.toSorted(), [40, 41]);
      Atomics.store(w, 0, 0);
    },
    reduce: false,
  });
});
