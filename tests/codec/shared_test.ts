import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { decode, encode, Writer } from "../../codec/mod.ts";
import { portableCodec } from "../../codec/portable_codec.ts";
import {
  Barrier,
  BatchRing,
  Broadcast,
  MpmcQueue,
  Oneshot,
  SharedCell,
  SharedCounter,
  struct,
  textCodec,
  Watch,
} from "../../sync/mod.ts";
import { sharedSamples } from "./shared_samples.ts";
import { assertCorrupt, copyOf, encoded, readerOf } from "./support.ts";

const Point = struct({ x: "f64", seen: "bool" });

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
  const objects = sharedSamples();
  const copies = copyOf(objects, { shared: true }) as typeof objects;
  for (const [k, object] of objects.entries()) {
    const copy = copies[k]!;
    assert(copy !== object && copy.constructor === object.constructor);
    assertEquals(copy.handle, object.handle);
  }
});

Deno.test("decode() makes the struct type of a cell and a queue from the handle", () => {
  const cell = new SharedCell(Point, { x: 0.5, seen: true });
  const queue = new MpmcQueue(Point, 8);
  const copies = copyOf([cell, queue], { shared: true }) as [
    typeof cell,
    typeof queue,
  ];
  assertEquals(copies[0].load(), { x: 0.5, seen: true });
  queue.push({ x: 1.5, seen: false });
  assertEquals(copies[1].tryPop(), { x: 1.5, seen: false });
});

Deno.test("decode() attaches to the batch ring that was sent, at its open batch", () => {
  const ring = new BatchRing(Point, 64);
  ring.push({ x: 0.5, seen: true });
  const copy = copyOf(ring, { shared: true }) as typeof ring;
  copy.push({ x: 1.5, seen: false }, { ticket: 9 });
  using consumer = ring.consumer();
  using batch = consumer.bound()!;
  assertEquals(batch.toArray(), [{ x: 0.5, seen: true }, {
    x: 1.5,
    seen: false,
  }]);
  assertEquals(batch.ticketOf(1), 9);
});

Deno.test("decode() moves the ends of a oneshot, and opens others of broadcasts and watches", () => {
  const oneshot = new Oneshot(textCodec, { maxBytes: 8 });
  const news = new Broadcast("i32", { capacity: 2 });
  const level = new Watch(Point, { x: 0.5, seen: true });
  const ends = {
    oneshot: [oneshot.sender(), oneshot.receiver()],
    news: [news.sender(), news.receiver()],
    level: [level.sender(), level.receiver()],
  } as const;
  ends.news[0].send(1);
  const copies = copyOf(ends, { shared: true }) as typeof ends;
  copies.oneshot[0].send("seven");
  assertEquals(copies.oneshot[1].recv(), "seven");
  assertThrows(() => ends.oneshot[0].send("eight"), TypeError);
  assertEquals(copies.news[0].send(2), 2);
  // It goes on where the one was that was sent.
  assertEquals([copies.news[1].recv(), copies.news[1].recv()], [1, 2]);
  assertEquals([ends.news[1].recv(), ends.news[1].recv()], [1, 2]);
  copies.level[0].send({ x: 1.5, seen: false });
  assertEquals(copies.level[1].tryRecv(), { x: 1.5, seen: false });
  assertEquals(ends.level[1].hasChanged, true);
  assertEquals(level.receiverCount, 2);
});

Deno.test("encode() refuses broadcasts, oneshots and watches with a codec of one's own", () => {
  const own = { ...textCodec, name: "own" };
  const options = { capacity: 1, maxBytes: 64 };
  const news = new Broadcast(own, options);
  const level = new Watch(own, "", options);
  const objects = [news, news.sender(), news.receiver(), level, level.sender()];
  for (const object of [...objects, new Oneshot(own, options).sender()]) {
    assertThrows(() => encoded(object, { shared: true }), TypeError);
  }
  const coded = new Watch(portableCodec<unknown>(), { a: 1 }, options);
  const copy = copyOf(coded, { shared: true }) as typeof coded;
  assertEquals(copy.receiver().borrow(), { a: 1 });
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
  assertCorrupt(reader);
});
