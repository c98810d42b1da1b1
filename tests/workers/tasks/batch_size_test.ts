import { assert, assertEquals } from "@std/assert";
import { BatchSize } from "../../../workers/tasks/batch_size.ts";

/** What came of so many items that took so long, and were of that size. */
function run(count: number, each: number, bytes = 8) {
  return {
    count,
    elapsed: count * each,
    sent: count * bytes,
    received: count * 8,
  };
}

Deno.test("BatchSize grows by two as items prove to be small and short, up to its limit", () => {
  const size = new BatchSize(20);
  const seen = [size.now];
  for (let k = 0; k < 6; k++) {
    size.ran(run(size.now, 0.0001));
    seen.push(size.now);
  }
  assertEquals(seen, [1, 2, 4, 8, 16, 20, 20]);
});

Deno.test("BatchSize is what takes 0.1 ms together, and 4 KiB at most", () => {
  const size = new BatchSize(64);
  for (let k = 0; k < 10; k++) size.ran(run(size.now, 0.009));
  assertEquals(size.now, 11);
  for (let k = 0; k < 10; k++) size.ran(run(size.now, 0.001, 1000));
  assertEquals(size.now, 4);
  size.ran({ count: 4, elapsed: 0.001, sent: Infinity, received: 8 });
  assertEquals(size.now, 1); // beside the frame
});

Deno.test("BatchSize is one again as soon as an item takes long, and recovers", () => {
  const size = new BatchSize(64);
  for (let k = 0; k < 10; k++) size.ran(run(size.now, 0.0001));
  assertEquals(size.now, 64);
  size.ran({ ...run(3, 0.0001), elapsed: 20 });
  assertEquals(size.now, 1);
  for (let k = 0; k < 10; k++) size.ran(run(size.now, 0.0001));
  assertEquals(size.now, 64);
  assert(new BatchSize(1).now === 1);
});
