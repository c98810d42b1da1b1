import {
  assert,
  assertEquals,
  assertFalse,
  assertGreater,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { type ThreadId, ThreadRegistry } from "../../../sync/mod.ts";
import {
  ANYWHERE,
  currentThread,
  generationOf,
  indexOf,
  MAX_THREADS,
  runsElsewhere,
} from "../../../sync/thread/thread.ts";
import { claimOther } from "../other_thread.ts";

Deno.test("ThreadRegistry.claim() gives ids that are positive and different", () => {
  const threads = new ThreadRegistry(MAX_THREADS);
  const ids = Array.from({ length: MAX_THREADS }, () => threads.claim());
  assertEquals(new Set(ids).size, MAX_THREADS);
  assertEquals(ids.map(indexOf), ids.map((_, k) => k));
  for (const id of ids) {
    assertGreater(id, 0);
    assert(threads.isLive(id));
  }
});

Deno.test("ThreadRegistry.claim() refuses when all records are taken", () => {
  const threads = new ThreadRegistry(2);
  const first = threads.claim();
  threads.claim();
  const error = assertThrows(() => threads.claim(), RangeError);
  assertStringIncludes(error.message, "2");
  // Lost is not gone: the thread may still run.
  threads.markLost(first);
  assertThrows(() => threads.claim(), RangeError);
  threads.retire(first);
  assertEquals(indexOf(threads.claim()), indexOf(first));
});

Deno.test("ThreadRegistry ends a thread once, as lost or as left", () => {
  const threads = new ThreadRegistry(4);
  for (const first of ["markLost", "leave"] as const) {
    for (const second of ["markLost", "leave"] as const) {
      const id = threads.claim();
      assert(threads[first](id));
      assertFalse(threads.isLive(id));
      assertFalse(threads[second](id));
    }
  }
});

Deno.test("ThreadRegistry.retire() frees only what was lost or left, once", () => {
  const threads = new ThreadRegistry(1);
  for (const end of ["markLost", "leave"] as const) {
    const id = threads.claim();
    assertFalse(threads.retire(id));
    assert(threads.isLive(id));
    threads[end](id);
    assert(threads.retire(id));
    assertFalse(threads.retire(id));
    assertFalse(threads.isLive(id));
  }
});

Deno.test("ThreadRegistry tells the next thread of an index from the former", () => {
  const threads = new ThreadRegistry(1);
  const former = threads.claim();
  threads.leave(former);
  threads.retire(former);
  const next = threads.claim();
  assertEquals(indexOf(next), indexOf(former));
  assertNotEquals(generationOf(next), generationOf(former));
  assertFalse(threads.isLive(former));
  assertFalse(threads.markLost(former));
  assertFalse(threads.leave(former));
  assertFalse(threads.retire(former));
  assert(threads.isLive(next));
});

Deno.test("ThreadRegistry gives no id 0 when the generations start again", () => {
  const threads = new ThreadRegistry(1);
  const { buffer, byteOffset } = threads.handle;
  const last = 0x1fffff;
  Atomics.store(new Int32Array(buffer, byteOffset), 0, (last - 1) << 2);
  const generations = [];
  for (let k = 0; k < 3; k++) {
    const id = threads.claim();
    assertGreater(id, 0);
    assert(threads.isLive(id));
    generations.push(generationOf(id));
    threads.leave(id);
    assert(threads.retire(id));
  }
  assertEquals(generations, [last, 1, 2]);
});

Deno.test("ThreadRegistry follows a model of its records", () => {
  type State = "live" | "lost" | "left";
  const step = fc.tuple(
    fc.constantFrom("claim", "markLost", "leave", "retire"),
    fc.nat(30),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const threads = new ThreadRegistry(3);
      const other = ThreadRegistry.from(threads.handle);
      const known = new Map<ThreadId, State | "gone">();
      const taken = () =>
        [...known.values()].filter((state) => state !== "gone").length;
      for (const [action, pick] of steps) {
        if (action === "claim") {
          if (taken() === 3) assertThrows(() => threads.claim(), RangeError);
          else {
            const id = threads.claim();
            assertFalse(known.has(id));
            known.set(id, "live");
          }
          continue;
        }
        const id = [...known.keys()][pick % Math.max(1, known.size)];
        if (id === undefined) continue;
        const state = known.get(id)!;
        const done = other[action as "markLost" | "leave" | "retire"](id);
        if (action === "retire") {
          assertEquals(done, state === "lost" || state === "left");
          if (done) known.set(id, "gone");
        } else {
          assertEquals(done, state === "live");
          if (done) known.set(id, action === "leave" ? "left" : "lost");
        }
        for (const [each, now] of known) {
          assertEquals(threads.isLive(each), now === "live");
        }
      }
    }),
  );
});

Deno.test("ThreadRegistry refuses a capacity that is none", () => {
  for (const capacity of [0, -1, 0.5, NaN, MAX_THREADS + 1]) {
    const error = assertThrows(() => new ThreadRegistry(capacity), RangeError);
    assertStringIncludes(error.message, String(capacity));
  }
});

Deno.test("ThreadRegistry refuses handles of something else or too small", () => {
  const { handle } = new ThreadRegistry(4);
  const from = (changes: object) =>
    ThreadRegistry.from({ ...handle, ...changes } as typeof handle);
  assertThrows(() => from({ kind: "Barrier" }), TypeError);
  assertThrows(() => from({ buffer: new ArrayBuffer(1024) }), TypeError);
  assertThrows(() => from({ byteOffset: handle.byteOffset + 4 }), RangeError);
  const buffer = new SharedArrayBuffer(3 * 128);
  assertThrows(() => from({ buffer, byteOffset: 0 }), RangeError);
  from({ buffer, byteOffset: 0, capacity: 3 }).claim();
});

Deno.test("ThreadRegistry knows the processor of each thread", () => {
  const threads = new ThreadRegistry(2);
  const [one, other] = [threads.claim(), threads.claim()];
  assertEquals(threads.processorOf(one), ANYWHERE);
  threads.setProcessor(one, 3);
  assertEquals([threads.processorOf(one), threads.processorOf(other)], [
    3,
    ANYWHERE,
  ]);
  threads.leave(one);
  threads.retire(one);
  assertEquals(threads.processorOf(threads.claim()), ANYWHERE);
});

Deno.test("currentThread() is one live thread", () => {
  const { threads, id } = currentThread();
  assert(threads.isLive(id));
  assertEquals(currentThread().id, id);
});

Deno.test("currentThread() is the same for another copy of the package", async () => {
  const url =
    new URL("../../../sync/thread/thread.ts?copy", import.meta.url).href;
  const copy = await import(url);
  assert(copy.currentThread() === currentThread());
});

Deno.test("runsElsewhere() is false only for threads of this processor", () => {
  const { threads, id } = currentThread();
  const before = threads.processorOf(id);
  using other = claimOther();
  const on = (here: number, there: number) => {
    threads.setProcessor(id, here);
    threads.setProcessor(other.id, there);
    return runsElsewhere(other.id);
  };
  try {
    assertFalse(on(1, 1));
    assert(on(1, 2));
    assert(on(1, ANYWHERE));
    assert(on(ANYWHERE, ANYWHERE));
  } finally {
    threads.setProcessor(id, before);
  }
});

Deno.test("ThreadRegistry.from() refuses a capacity that is none", () => {
  const { handle } = new ThreadRegistry(4);
  for (const capacity of [NaN, undefined, 0, 1.5, "4"]) {
    assertThrows(
      () => ThreadRegistry.from({ ...handle, capacity } as typeof handle),
      Error,
      undefined,
      `capacity: ${capacity}`,
    );
  }
});

Deno.test("ThreadRegistry.setProcessor() of a former thread does not change its successor", () => {
  const threads = new ThreadRegistry(1);
  const former = threads.claim();
  threads.leave(former);
  threads.retire(former);
  const next = threads.claim();
  threads.setProcessor(former, 7);
  assertEquals(threads.processorOf(next), -1);
});

Deno.test("ThreadRegistry.isLive() is false for an id that it never gave", () => {
  assertEquals(new ThreadRegistry(1).isLive(1025), false);
});
