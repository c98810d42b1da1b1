import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  bytesCodec,
  textCodec,
} from "../../../sync/channel/built_in_codecs.ts";
import { ByteSegments } from "../../../sync/channel/byte_segments.ts";
import type { Codec } from "../../../sync/channel/codec.ts";
import {
  CLOSED,
  FULL,
  PUSHED,
  type Shape,
} from "../../../sync/channel/flavor.ts";
import { MessageDecodeError } from "../../../sync/channel/message_decode_error.ts";
import { RecordSegments } from "../../../sync/channel/record_segments.ts";
import { ChannelReserveError } from "../../../sync/channel/reserve_error.ts";
import {
  FREED,
  geometryOf,
  HEAD_POSITION,
  MAX_RESERVE,
  startOf,
  SUPPLY,
  TAIL_POSITION,
} from "../../../sync/channel/segment_layout.ts";
import {
  checkReserve,
  DEFAULT_RESERVE,
  MIN_RESERVE,
  segmentsFlavor,
} from "../../../sync/channel/segments.ts";
import {
  LINE,
  type SharedSlice,
  wordsOf,
} from "../../../sync/memory/memory.ts";
import { recordTypeOf } from "../../../sync/record/record.ts";
import { struct } from "../../../sync/record/struct.ts";
import { runProgram } from "../../support/run_program.ts";
import { touchedSegments } from "./touched_segments.ts";

const F64 = recordTypeOf<number>("test", "f64");
const I32 = recordTypeOf<number>("test", "i32");

interface Options<T> {
  readonly record?: Shape<T>["record"];
  readonly codec?: Codec<T>;
  readonly capacity?: number;
  readonly reserve?: number;
  readonly segment?: number;
  readonly start?: number;
}

function shapeOf<T>(options: Options<T>): Shape<T> {
  const { record, capacity = Infinity, reserve = DEFAULT_RESERVE } = options;
  // Records never use theirs.
  const codec = options.codec ?? textCodec as unknown as Codec<T>;
  return { record, codec, capacity, reserve };
}

function memoryFor<T>(options: Options<T>): SharedSlice {
  const { words } = geometryOf(shapeOf(options), options.segment);
  // Not at the start of its buffer.
  const buffer = new SharedArrayBuffer(3 * LINE + 4 * words);
  return { buffer, byteOffset: 3 * LINE };
}

/** Where stores are. */
const slices = new WeakMap<object, SharedSlice>();

function touchedOf(store: object): number {
  return touchedSegments(slices.get(store)!);
}

function recordsOf<T>(
  record: Shape<T>["record"],
  options: Options<T> = {},
): RecordSegments<T> {
  const all = { ...options, record };
  const slice = memoryFor(all);
  const store = new RecordSegments<T>(slice, shapeOf(all), options.segment);
  store.init(options.start);
  slices.set(store, slice);
  return store;
}

function bytesOf<T>(
  codec: Codec<T>,
  options: Options<T> = {},
): ByteSegments<T> {
  const all = { ...options, codec };
  const slice = memoryFor(all);
  const store = new ByteSegments<T>(slice, shapeOf(all), options.segment);
  store.init(options.start);
  slices.set(store, slice);
  return store;
}

Deno.test("segmentsFlavor keeps records in their order and takes no more memory than they need", () => {
  const shape = shapeOf({ record: F64 });
  const buffer = new SharedArrayBuffer(segmentsFlavor.byteLength(shape));
  const slice = { buffer, byteOffset: 0 };
  const store = segmentsFlavor.attach(slice, shape);
  store.init();
  const same = segmentsFlavor.attach(slice, shape);
  for (let k = 0; k < 10_000; k++) assertEquals(store.tryPush(k / 2), PUSHED);
  assertEquals(same.size, 10_000);
  for (let k = 0; k < 10_000; k++) assertStrictEquals(same.tryPop(), k / 2);
  assertEquals(same.tryPop(), undefined);
  // 80 kB in segments of 16 KiB.
  assertEquals(touchedSegments(slice), 5);
});

Deno.test("segmentsFlavor keeps messages of a codec", () => {
  const shape = shapeOf({ codec: textCodec });
  const buffer = new SharedArrayBuffer(segmentsFlavor.byteLength(shape));
  const store = segmentsFlavor.attach({ buffer, byteOffset: 0 }, shape);
  store.init();
  assertThrows(() => store.tryPush(1 as unknown as string), TypeError);
  assertEquals(store.size, 0);
  assertEquals(store.tryPush("one"), PUSHED);
  assertEquals(store.tryPop(), "one");
});

Deno.test("RecordSegments carries structs, and reads them into an object that is given", () => {
  const Point = struct({ x: "f64", y: "f64", id: "i32" });
  const store = recordsOf(Point, { segment: 128 });
  for (let id = 0; id < 20; id++) store.tryPush({ x: id / 2, y: -id, id });
  const into = { x: 0, y: 0, id: 0 };
  for (let id = 0; id < 20; id++) {
    const point = store.tryPop(into);
    assertStrictEquals(point, into);
    assertEquals(into, { x: id / 2, y: -id, id });
  }
});

Deno.test("RecordSegments.tryPush() refuses what is no record, and changes nothing", () => {
  const store = recordsOf(I32);
  assertThrows(() => store.tryPush(0.5), RangeError);
  assertThrows(() => store.tryPush("1" as unknown as number), TypeError);
  assertEquals(store.size, 0);
});

Deno.test("Segments: code of the caller runs without the lock", () => {
  const Point = struct({ x: "i32" });
  const store = recordsOf(Point);
  const nests = {
    get x() {
      assertEquals(store.tryPush({ x: 1 }), PUSHED);
      return 2;
    },
  };
  assertEquals(store.tryPush(nests), PUSHED);
  assertEquals(store.tryPop(), { x: 1 });
  assertEquals(store.tryPop(), { x: 2 });

  const codec: Codec<number> = {
    name: "nests",
    encode: (value) => {
      if (value > 0) messages.tryPush(value - 1);
      return Uint8Array.of(value);
    },
    decode: (bytes) => {
      const value = bytes[0]!;
      // What is taken meanwhile must not be written over these bytes.
      if (value < 2) messages.tryPop();
      assertEquals(bytes[0], value);
      return value;
    },
  };
  const messages = bytesOf(codec);
  messages.tryPush(2);
  assertEquals(messages.size, 3);
  assertEquals(messages.tryPop(), 0);
  assertEquals(messages.size, 0);

  class Odd extends Uint8Array {
    override subarray(): Uint8Array<ArrayBuffer> {
      throw new Error("must not be called");
    }
  }
  const odd = bytesOf(bytesCodec);
  odd.tryPush(new Odd(100).fill(7));
  assertEquals(odd.tryPop(), new Uint8Array(100).fill(7));
});

Deno.test("ByteSegments.tryPush() takes the length of its bytes once, and asks nobody", () => {
  const store = bytesOf(bytesCodec);
  for (const size of [40, 64, 400]) {
    const bytes = new Uint8Array(size).fill(7);
    for (const name of ["length", "byteLength", "byteOffset", "buffer"]) {
      Object.defineProperty(bytes, name, {
        get: () => {
          throw new Error("must not be called");
        },
      });
    }
    assertEquals(store.tryPush(bytes), PUSHED);
    assertEquals(store.tryPush(Uint8Array.of(9)), PUSHED);
    assertEquals(store.tryPop(), new Uint8Array(size).fill(7));
    assertEquals(store.tryPop(), Uint8Array.of(9));
  }
  for (const bytes of [[], Object.create(Uint8Array.prototype)]) {
    const codec = { ...bytesCodec, encode: () => bytes };
    assertThrows(() => bytesOf(codec).tryPush(Uint8Array.of(1)), TypeError);
  }
  const proxy = new Proxy(new Uint8Array(8), {});
  assertThrows(() => store.tryPush(proxy), TypeError);
});

Deno.test("ByteSegments.tryPush() sends what there was when its buffer grows meanwhile", () => {
  const { compareExchange } = Atomics;
  for (const size of [40, 64]) {
    const store = bytesOf(bytesCodec);
    const buffer = new SharedArrayBuffer(size, { maxByteLength: 4096 });
    try {
      // When the lock is taken.
      Atomics.compareExchange =
        ((...args: Parameters<typeof compareExchange>) => {
          if (buffer.byteLength === size) buffer.grow(4096);
          return compareExchange(...args);
        }) as typeof compareExchange;
      assertEquals(store.tryPush(new Uint8Array(buffer)), PUSHED);
    } finally {
      Atomics.compareExchange = compareExchange;
    }
    assertEquals(buffer.byteLength, 4096);
    assertEquals(store.tryPush(Uint8Array.of(9)), PUSHED);
    assertEquals(store.tryPop(), new Uint8Array(size));
    assertEquals(store.tryPop(), Uint8Array.of(9));
  }
});

Deno.test("ByteSegments.tryPush() throws what encode() throws, and changes nothing", () => {
  const failure = new Error("no");
  let result: unknown;
  const store = bytesOf<number>({
    name: "fails",
    encode: () => {
      if (result === undefined) throw failure;
      return result as Uint8Array;
    },
    decode: () => 0,
  });
  assertStrictEquals(assertThrows(() => store.tryPush(1)), failure);
  for (result of [null, "text", [1], new Uint16Array(1)]) {
    assertThrows(() => store.tryPush(1), TypeError, "fails");
  }
  assertEquals(store.size, 0);
  result = Uint8Array.of(1);
  assertEquals(store.tryPush(1), PUSHED);
});

Deno.test("ByteSegments.tryPop() takes a message that cannot be decoded, and says so", () => {
  const failure = new Error("no");
  const store = bytesOf<number>({
    name: "picky",
    encode: (value) => Uint8Array.of(value),
    decode: ([value]) => {
      if (value === 1) throw failure;
      return (value === 2 ? undefined : value) as number;
    },
  });
  for (const value of [1, 2, 3]) store.tryPush(value);
  const error = assertThrows(() => store.tryPop(), MessageDecodeError, "picky");
  assertStrictEquals(error.cause, failure);
  assertThrows(() => store.tryPop(), MessageDecodeError, "undefined");
  assertEquals(store.tryPop(), 3);
  assertEquals(store.size, 0);
});

Deno.test("ByteSegments: a codec that keeps its bytes gets memory of its own", () => {
  const store = bytesOf(bytesCodec, { segment: 128, reserve: 2 ** 20 });
  const lengths = [0, 1, 7, 8, 100, 128, 5000, 20_000];
  for (const length of lengths) {
    store.tryPush(new Uint8Array(length).fill(length));
  }
  const taken = lengths.map(() => store.tryPop()!);
  for (const [k, length] of lengths.entries()) {
    assertEquals(taken[k], new Uint8Array(length).fill(length));
    assertEquals(taken[k]!.buffer.byteLength, length);
  }
});

Deno.test("ByteSegments: bytes that stand anywhere in their buffer arrive as they are", () => {
  const store = bytesOf(bytesCodec, { segment: 128, reserve: 2 ** 20 });
  const buffer = Uint8Array.from({ length: 4000 }, (_, k) => k % 251);
  for (const start of [0, 1, 3, 4, 8, 13]) {
    for (const length of [1, 48, 49, 119, 120, 121, 1000]) {
      const part = buffer.subarray(start, start + length);
      store.tryPush(part);
      assertEquals(store.tryPop(), part);
    }
  }
});

Deno.test("Segments: a store that is bounded is full at its capacity, and with its memory", () => {
  const store = recordsOf(I32, { capacity: 3 });
  for (const value of [1, 2, 3]) assertEquals(store.tryPush(value), PUSHED);
  assertEquals(store.tryPush(4), FULL);
  assertEquals(store.tryPop(), 1);
  assertEquals(store.tryPush(4), PUSHED);

  let encoded = 0;
  const counting = bytesOf<Uint8Array>({
    ...bytesCodec,
    encode: (value) => {
      encoded++;
      return value;
    },
  }, { capacity: 100, reserve: 1024 });
  const large = new Uint8Array(600);
  assertEquals(counting.tryPush(large), PUSHED);
  assertEquals(counting.tryPush(large, 1), FULL);
  // Who waits tries again and again; it is not encoded for nothing.
  assertEquals(counting.tryPush(large, 1), FULL);
  assertEquals(encoded, 2);
  // Another call must look: it may have changed.
  assertEquals(counting.tryPush(large, 2), FULL);
  assertEquals(counting.tryPush(large), FULL);
  assertEquals(encoded, 4);
  assertEquals(counting.tryPush(new Uint8Array(3)), PUSHED);
  assertEquals(counting.tryPop()!.length, 600);
  assertEquals(counting.tryPush(large), PUSHED);
  assertEquals(counting.tryPop()!.length, 3);
});

Deno.test("Segments: a message may be as large as the reserve, but not larger", () => {
  const store = bytesOf(bytesCodec, { reserve: 2048 });
  // All segments but one, and the header.
  const most = 2048 - 128 - 8;
  assertThrows(() => store.tryPush(new Uint8Array(most + 1)), RangeError);
  for (let k = 0; k < 50; k++) {
    assertEquals(store.tryPush(new Uint8Array(k)), PUSHED);
    assertEquals(store.tryPop()!.length, k);
    assertEquals(store.tryPush(new Uint8Array(most).fill(k)), PUSHED);
    assertEquals(store.tryPop(), new Uint8Array(most).fill(k));
  }
});

Deno.test("ChannelReserveError says that messages fill the reserve, and nothing is lost", () => {
  const store = recordsOf(I32, { reserve: 1024 });
  let count = 0;
  const error = assertThrows(() => {
    for (;; count++) store.tryPush(count);
  }, ChannelReserveError);
  assertEquals(error.value, count);
  assertEquals(count, 256);
  assertEquals(store.size, count);
  assertThrows(() => store.tryPush(count), ChannelReserveError);
  for (let k = 0; k < count; k++) assertEquals(store.tryPop(), k);
  assertEquals(store.tryPush(1), PUSHED);

  const bytes = bytesOf(textCodec, { reserve: 1024 });
  const text = "x".repeat(400);
  bytes.tryPush(text);
  bytes.tryPush(text);
  assertThrows(() => bytes.tryPush(text), ChannelReserveError);
  assertEquals(bytes.tryPush("y"), PUSHED);
  assertEquals(bytes.tryPop(), text);
  assertEquals(bytes.tryPush(text), PUSHED);
  assertEquals([1, 2, 3].map(() => bytes.tryPop()), [text, "y", text]);
});

Deno.test("Segments: who looked for memory and found none finds the messages that are there", () => {
  const options = { codec: bytesCodec, capacity: 9, reserve: 1024 };
  const slice = memoryFor(options);
  const [one, other] = [0, 1].map(() =>
    new ByteSegments(slice, shapeOf(options))
  ) as [ByteSegments<Uint8Array>, ByteSegments<Uint8Array>];
  one.init(0);
  for (const k of [1, 2, 3]) one.tryPush(Uint8Array.of(k));
  assertEquals(one.tryPop(), Uint8Array.of(1));
  const large = new Uint8Array(800);
  for (const k of [2, 3]) assertEquals(other.tryPop(), Uint8Array.of(k));
  assertEquals(other.tryPush(Uint8Array.of(4)), PUSHED);
  assertEquals(other.tryPush(large), PUSHED);
  assertEquals(other.tryPop(), Uint8Array.of(4));
  assertEquals(one.tryPush(large), FULL);
  assertEquals(one.tryPop(), large);
  assertEquals(one.tryPop(), undefined);
});

Deno.test("Segments: nothing is pushed into a store that is sealed", () => {
  const store = recordsOf(I32, { capacity: 2 });
  store.tryPush(1);
  store.seal();
  store.seal();
  assertEquals(store.tryPush(2), CLOSED);
  assertEquals(store.tryPop(), 1);
  assertEquals(store.tryPop(), undefined);
  const bytes = bytesOf<number>({
    name: "never",
    encode: () => {
      throw new Error("must not be called");
    },
    decode: () => 0,
  });
  bytes.seal();
  assertEquals(bytes.tryPush(1), CLOSED);
});

Deno.test("Segments: memory follows the most messages at once, not the traffic", () => {
  const store = bytesOf(bytesCodec, { segment: 256, reserve: 2 ** 20 });
  const message = (k: number) => new Uint8Array((k * 37) % 600).fill(k);
  for (let k = 0; k < 100; k++) store.tryPush(message(k));
  const touched = touchedOf(store);
  for (let k = 0; k < 100; k++) assertEquals(store.tryPop(), message(k));
  for (let round = 0; round < 10; round++) {
    for (let k = 0; k < 100; k++) store.tryPush(message(k));
    for (let k = 0; k < 100; k++) assertEquals(store.tryPop(), message(k));
  }
  for (let k = 0; k < 1000; k++) {
    store.tryPush(message(k));
    assertEquals(store.tryPop(), message(k));
  }
  // Where a round starts in its segment may differ.
  assertLess(touchedOf(store), touched + 3);
});

Deno.test("Segments: after a burst, few messages stay in few segments", () => {
  const store = recordsOf(I32, { segment: 128 });
  for (let k = 0; k < 3200; k++) store.tryPush(k);
  for (let k = 0; k < 3200; k++) store.tryPop();
  const touched = touchedOf(store);
  assertEquals(touched, 100);
  const words = new Set<number>();
  const original = I32.write;
  try {
    I32.write = (view, at, value) => {
      words.add(at);
      original.call(I32, view, at, value);
    };
    for (let k = 0; k < 3200; k++) {
      store.tryPush(k);
      assertEquals(store.tryPop(), k);
    }
  } finally {
    I32.write = original;
  }
  assertLess(words.size, 4 * 32);
  assertEquals(touchedOf(store), touched);
});

Deno.test(
  "RecordSegments allocates nothing for a push and a pop, but for boxed numbers",
  {
    timeout: 60_000,
  },
  async () => {
    // In a program of its own: elsewhere the engine has seen other records.
    const from = (file: string) =>
      new URL(`../../../sync/${file}`, import.meta.url);
    for (
      const [record, value, bytes] of [
        [`recordTypeOf("test", "i32")`, "5", 0],
        // What is no small integer is boxed by the engine in calls that it does not
        // inline, which it decides anew in each run.
        [`recordTypeOf("test", "f64")`, "0.5", 16],
        [`struct({ x: "i32", y: "i32" })`, "{ x: 2, y: 1 }", 0],
      ] as const
    ) {
      const program = `
      import { segmentsFlavor } from "${from("channel/segments.ts")}";
      import { recordTypeOf } from "${from("record/record.ts")}";
      import { struct } from "${from("record/struct.ts")}";
      const record = ${record};
      const shape = { record, capacity: Infinity, reserve: 2 ** 20 };
      const length = segmentsFlavor.byteLength(shape);
      const slice = { buffer: new SharedArrayBuffer(length), byteOffset: 0 };
      const store = segmentsFlavor.attach(slice, shape);
      store.init();
      const value = ${value};
      function calls(count) {
        for (let k = 0; k < count; k++) {
          store.tryPush(value);
          store.tryPop(value);
        }
      }
      // So long that the engine's compiler, which has a thread of its own, is done.
      calls(2_000_000);
      let least = Infinity;
      // Not as many as would make the engine collect if they did allocate.
      for (let round = 0; round < 10; round++) {
        const before = Deno.memoryUsage().heapUsed;
        calls(20_000);
        const grown = Deno.memoryUsage().heapUsed - before;
        if (grown >= 0) least = Math.min(least, grown);
      }
      console.log(least);
    `;
      const { stdout, stderr, code } = await runProgram(program, {
        permissions: ["--allow-read"],
      });
      assertEquals([code, stderr], [0, ""]);
      assertLess(Number(stdout), 20_000 * (bytes + 1));
    }
  },
);

Deno.test("Segments: what is thrown under a lock, as at the end of the stack, leaves all as it was", () => {
  let throws = false;
  const failing =
    <A extends unknown[]>(action: (...args: A) => void) => (...args: A) => {
      if (throws) throw new RangeError("Maximum call stack size exceeded");
      action(...args);
    };
  const store = recordsOf<number>({
    ...I32,
    width: I32.width,
    check: (action, value) => I32.check(action, value),
    write: failing((words, at, value) => I32.write(words, at, value)),
    fetch: failing((words, at) => I32.fetch(words, at)),
    take: () => I32.take(),
    read: (words, at) => I32.read(words, at),
  });
  store.tryPush(1);
  throws = true;
  assertThrows(() => store.tryPush(2), RangeError);
  assertThrows(() => store.tryPop(), RangeError);
  throws = false;
  // A lock that was left behind would say that this thread is in its own way.
  assertEquals(store.tryPush(3), PUSHED);
  assertEquals([1, 2, 3].map(() => store.tryPop()), [1, 3, undefined]);
});

Deno.test("Segments: lengths at the edges of segments and counts at the end of their bits", () => {
  for (const start of [-1, -3, 2 ** 29 - 2, 2 ** 30 - 2]) {
    const store = bytesOf(bytesCodec, { segment: 128, reserve: 4096, start });
    for (let length = 0; length < 400; length++) {
      store.tryPush(new Uint8Array(length).fill(length));
      if (length % 3 === 0) continue;
      while (store.size > 1) store.tryPop();
      assertEquals(store.tryPop(), new Uint8Array(length).fill(length));
    }
  }
});

Deno.test(
  "Segments do what an array does (property)",
  { timeout: 120_000 },
  () => {
    const calls = fc.array(
      fc.oneof(
        fc.nat(700).map((length) => ["push", length] as const),
        fc.nat(20).map((length) => ["push", length] as const),
        fc.constant(["pop"] as const),
        fc.constant(["seal"] as const),
      ),
      { maxLength: 200, size: "max" },
    );
    const form = fc.record({
      segment: fc.constantFrom(16, 32, 128),
      capacity: fc.constantFrom(1, 3, Infinity),
      start: fc.constantFrom(0, -5, 2 ** 29 - 5),
      records: fc.boolean(),
    });
    fc.assert(
      fc.property(calls, form, (list, { records, ...options }) => {
        const reserve = 2 ** 14;
        const store = records
          ? recordsOf(F64, { ...options, reserve })
          : bytesOf(MANY, { ...options, reserve });
        const model: number[] = [];
        let sealed = false;
        let used = 0;
        for (const [k, call] of list.entries()) {
          // Late, so that there is something to seal.
          if (call[0] === "seal") sealed ||= k > 150;
          if (sealed) store.seal();
          if (call[0] === "pop") {
            const expected = model.shift();
            used -= expected ?? 0;
            assertEquals(store.tryPop(), expected);
          } else if (call[0] === "push" && used + call[1] < 8000) {
            const expected = sealed
              ? CLOSED
              : model.length === options.capacity
              ? FULL
              : PUSHED;
            assertEquals(store.tryPush(call[1]), expected);
            if (expected !== PUSHED) continue;
            model.push(call[1]);
            used += call[1];
          }
          assertEquals(store.size, model.length);
        }
      }),
      { numRuns: 200 },
    );
  },
);

/** A number as that many bytes. */
const MANY: Codec<number> = {
  name: "many",
  encode: (value) => new Uint8Array(value).fill(value),
  decode: (bytes) => {
    assert(bytes.every((byte) => byte === bytes.length % 256));
    return bytes.length;
  },
};

Deno.test("checkReserve() and the layout refuse what is out of range", () => {
  for (
    const reserve of [
      0,
      -1,
      NaN,
      1024.5,
      MIN_RESERVE - 1,
      MAX_RESERVE + 1,
      Infinity,
      "1024",
    ]
  ) {
    assertThrows(
      () => checkReserve("create channel", reserve as number),
      RangeError,
    );
  }
  checkReserve("create channel", MIN_RESERVE);
  checkReserve("create channel", MAX_RESERVE);
  const Large = struct(
    Object.fromEntries(
      Array.from({ length: 200 }, (_, k) => [`f${k}`, "f64" as const]),
    ),
  );
  const shape = { record: Large, reserve: MIN_RESERVE };
  assertThrows(() => geometryOf(shape as never), RangeError);
});

Deno.test("Segments: any reserve and any record fit their memory", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: MIN_RESERVE, max: 2 ** 22 }),
      fc.integer({ min: 1, max: 8 }),
      (reserve, fields) => {
        const Some = struct(
          Object.fromEntries(
            Array.from({ length: fields }, (_, k) => [`f${k}`, "f64" as const]),
          ),
        );
        const shape = { record: Some, reserve };
        const { used, shift, count, base, words } = geometryOf(shape as never);
        assertEquals(used % Some.width, 0);
        assert(used <= 1 << shift && used > (1 << shift) - Some.width);
        assertEquals(base % 32, 0);
        assertEquals(words, base + count * (1 << shift));
        assert(4 * count * (1 << shift) <= reserve);
        assert(count >= 2);
      },
    ),
  );
});

Deno.test("Segments: the largest reserve works to its last word", () => {
  const options = { codec: bytesCodec, reserve: MAX_RESERVE };
  const slice = memoryFor(options);
  const store = new ByteSegments(slice, shapeOf(options));
  store.init();
  // As if the chain had come to the last segment, and the others were in use.
  const geometry = geometryOf(shapeOf(options));
  const last = geometry.count - 1;
  const start = startOf(geometry, last);
  const words = wordsOf(slice, geometry.base);
  words[TAIL_POSITION] = words[HEAD_POSITION] = start;
  words[TAIL_POSITION + 1] = words[HEAD_POSITION + 1] = start + geometry.used;
  words[SUPPLY + 2] = words[FREED] = last;
  words[SUPPLY + 3] = geometry.count;
  assertEquals(start + geometry.used, geometry.words);
  assertLess(2 ** 32 - 2 ** 16, 4 * geometry.words);

  const bytes = Uint8Array.from({ length: 4 * geometry.used - 8 }, (_, k) => k);
  assertEquals(store.tryPush(bytes), PUSHED);
  assertThrows(() => store.tryPush(bytes), ChannelReserveError);
  assertEquals(store.tryPop(), bytes);
});

Deno.test("textCodec carries any text that is well formed", () => {
  fc.assert(fc.property(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 200, size: "max" }),
      fc.string({ unit: "grapheme-ascii", maxLength: 60, size: "max" }),
      fc.constantFrom("", "\ufeffx", "é".repeat(50)),
    ),
    (text) => {
      assert(textCodec.decode(textCodec.encode(text).slice()) === text);
    },
  ));
  const long = "é".repeat(1_000_000);
  assert(textCodec.decode(textCodec.encode(long)) === long);
  assertThrows(() => textCodec.encode("\ud800"), TypeError);
  assertThrows(() => textCodec.encode("x".repeat(100) + "\udc00"), TypeError);
  assertThrows(() => textCodec.decode(Uint8Array.of(0xff)));
  assertThrows(
    () => bytesCodec.encode([1] as unknown as Uint8Array),
    TypeError,
  );
});

Deno.test("ByteSegments lets large memory go that it does not need any more", () => {
  const lengths: number[] = [];
  const store = bytesOf<number>({
    name: "looks",
    encode: (value) => new Uint8Array(value),
    decode: (bytes) => {
      lengths.push(bytes.buffer.byteLength);
      return bytes.length;
    },
  });
  store.tryPush(1_000_000);
  store.tryPop();
  for (let k = 0; k < 300; k++) {
    store.tryPush(1);
    store.tryPop();
  }
  assertEquals(Math.max(...lengths), 2 ** 20);
  assertLess(lengths.at(-1)!, 10_000);
  assertInstanceOf(store, ByteSegments);
});
