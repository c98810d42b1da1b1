import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Tally, WORDS_PER_COUNT } from "../../../workers/stats/tally.ts";

const SIZE = 3;
const WORD = 2 ** 32;

/** A table whose counts stand somewhere already. */
function tallyAt(...values: number[]): Tally {
  const words = new Int32Array(WORDS_PER_COUNT * SIZE);
  for (const [k, value] of values.entries()) {
    words[k] = value % WORD | 0;
    words[SIZE + k] = words[2 * SIZE + k] = Math.floor(value / WORD);
  }
  return new Tally(words, SIZE);
}

Deno.test("Tally.increment() counts past 2^31 and 2^32", () => {
  for (const start of [0, 2 ** 31 - 2, WORD - 2, 5 * WORD - 2]) {
    const tally = tallyAt(0, start, 0);
    for (let k = 0; k <= 4; k++) {
      assertEquals(tally.read(1), start + k);
      tally.increment(1);
    }
    assertEquals([tally.read(0), tally.read(2)], [0, 0]);
  }
});

Deno.test("Tally.add() and addLarge() count what a sum counts", () => {
  const start = fc.oneof(
    fc.nat(10),
    fc.nat(20).map((k) => 2 ** 31 - k),
    fc.nat(20).map((k) => WORD - k),
    fc.maxSafeNat().map((n) => n / 2 ** 10 | 0),
  );
  const small = fc.oneof(fc.nat(20), fc.nat(), fc.constant(2 ** 31 - 1));
  const large = fc.oneof(small, fc.maxSafeNat().map((n) => Math.floor(n / 64)));
  const step = fc.oneof(
    fc.record({ how: fc.constant("add" as const), by: small }),
    fc.record({ how: fc.constant("addLarge" as const), by: large }),
  );
  fc.assert(fc.property(start, fc.array(step, { maxLength: 20 }), (at, all) => {
    const from = Math.abs(at);
    const tally = tallyAt(7, from, 7);
    let sum = from;
    for (const { how, by } of all) {
      tally[how](1, by);
      sum += by;
      assertEquals(tally.read(1), sum);
    }
    assertEquals([tally.read(0), tally.read(2)], [7, 7]);
  }));
});

Deno.test("Tally.read() never goes back while another thread counts", {
  timeout: 60_000,
}, async () => {
  const words = new Int32Array(
    new SharedArrayBuffer(4 * (WORDS_PER_COUNT * SIZE + 1)),
  );
  // Each addition takes the low word a quarter of its way.
  const url = new URL("fixtures/counting_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  const ended = new Promise<void>((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
  });
  const stop = WORDS_PER_COUNT * SIZE;
  worker.postMessage({ words, size: SIZE, stop });
  try {
    const tally = new Tally(words, SIZE);
    const end = performance.now() + 500;
    let last = 0;
    while (performance.now() < end) {
      const value = tally.read(1);
      assert(value >= last, `${value} after ${last}`);
      last = value;
      if (last === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert(last > 10 * WORD, "there were carries");
  } finally {
    Atomics.store(words, stop, 1);
    await ended;
    worker.terminate();
  }
});
