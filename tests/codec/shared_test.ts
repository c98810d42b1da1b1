import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { CorruptFrameError, decode, encode, Writer } from "../../codec/mod.ts";
import {
  AutoResetEvent,
  Barrier,
  Condition,
  Latch,
  ManualResetEvent,
  MpmcQueue,
  Mutex,
  Once,
  Parker,
  Semaphore,
  SharedCounter,
  SpscRing,
} from "../../sync/mod.ts";
import { copyOf, encoded, readerOf } from "./support.ts";

Deno.test("decode() attaches to the counter that was sent", () => {
  const counter = new SharedCounter(40);
  const { total } = copyOf({ total: counter }, { shared: true }) as {
    total: SharedCounter;
  };
  assert(total instanceof SharedCounter && total !== counter);
  total.add(2);
  assertEquals(counter.value, 42);
});

Deno.test("decode() attaches to the barrier that was sent", async () => {
  const barrier = new Barrier(2);
  const copy = copyOf(barrier, { shared: true }) as Barrier;
  assertEquals([copy.parties, copy.handle], [2, barrier.handle]);
  const both = await Promise.all([barrier.waitAsync(), copy.waitAsync()]);
  assertEquals(both.map((result) => result.isLeader), [false, true]);
});

Deno.test("decode() attaches to every kind of shared object", () => {
  const objects = [
    new AutoResetEvent(),
    new Barrier(2),
    new Condition(),
    new Latch(1),
    new ManualResetEvent(),
    new MpmcQueue("f64", 8),
    new Mutex(),
    new Once(),
    new Parker(),
    new Semaphore(2),
    new SharedCounter(),
    new SpscRing("i32", 8),
  ];
  const copies = copyOf(objects, { shared: true }) as typeof objects;
  for (const [k, object] of objects.entries()) {
    const copy = copies[k]!;
    assert(copy !== object && copy.constructor === object.constructor);
    assertEquals(copy.handle, object.handle);
  }
});

Deno.test("encode() names each shared buffer once", () => {
  const [a, b] = [new SharedArrayBuffer(8), new SharedArrayBuffer(8)];
  const one = new SharedCounter();
  const two = SharedCounter.from(one.handle);
  const out = encoded([a, one, b, two, a], { shared: true });
  assertEquals(out.buffers, [a, one.handle.buffer, b]);
  const copy = decode(readerOf(out)) as unknown[];
  assertStrictEquals(copy[0], a);
  assertStrictEquals(copy[2], b);
  assertStrictEquals(copy[4], a);
});

Deno.test("encode() adds to the shared buffers that are there", () => {
  const [a, b] = [new SharedArrayBuffer(8), new SharedArrayBuffer(8)];
  const out = new Writer();
  out.buffers = [a];
  encode(out, [b, a], "value");
  assertEquals(out.buffers, [a, b]);
  assertEquals(decode(readerOf(out)), [b, a]);
});

Deno.test("encode() forgets the shared buffers of a value that it refuses", () => {
  const kept = new SharedArrayBuffer(8);
  const out = new Writer();
  out.buffers = [kept];
  assertThrows(
    () => encode(out, [new SharedArrayBuffer(8), () => {}], "value"),
    TypeError,
  );
  assertEquals(out.buffers, [kept]);
});

Deno.test("decode() refuses the number of a buffer that was not sent along", () => {
  const reader = readerOf(
    encoded([new SharedArrayBuffer(8)], { shared: true }),
  );
  reader.buffers = [];
  assertThrows(() => decode(reader), CorruptFrameError);
});
