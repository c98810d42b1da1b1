import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ByteRing, Channel, SpscRing, struct } from "../../../sync/mod.ts";
import { RoomLines } from "../../../sync/queue/room_lines.ts";

const TIMEOUT = { timeout: 120_000 };

/** One end puts in and the other one takes out; both in one thread. */
interface Ends {
  /** Whether there was room. */
  push(value: number): boolean;
  /** `undefined` if there is none. */
  pop(): number | undefined;
}

/** A number all of whose words have bits. */
function fraction(value: number): number {
  return value + 0.1;
}

function whole(value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  const found = Math.floor(value);
  assertEquals(value, fraction(found));
  return found;
}

/** So many pushes, then so many pops, and so on: what comes out is what went in. */
function assertFifo(make: () => Ends): void {
  const bursts = fc.array(fc.tuple(fc.nat(400), fc.nat(400)), {
    maxLength: 40,
    minLength: 20,
  });
  fc.assert(
    fc.property(bursts, (bursts) => {
      const { push, pop } = make();
      const inside: number[] = [];
      let next = 1;
      for (const [pushes, pops] of bursts) {
        for (let k = 0; k < pushes && push(next); k++) inside.push(next++);
        for (let k = 0; k < pops; k++) assertEquals(pop(), inside.shift());
      }
      for (;;) {
        const value = pop();
        assertEquals(value, inside.shift());
        if (value === undefined) return;
      }
    }),
    { numRuns: 30 },
  );
}

Deno.test("SpscRing.tryPush() takes the lines of room only", TIMEOUT, () => {
  assertFifo(() => {
    const ring = new SpscRing("i32", 512);
    const producer = ring.producer();
    const consumer = ring.consumer();
    return {
      push: (value) => producer.tryPush(value),
      pop: () => consumer.tryPop(),
    };
  });
  assertFifo(() => {
    const ring = new SpscRing("f64", 256);
    const producer = ring.producer();
    const consumer = ring.consumer();
    return {
      push: (value) => producer.tryPush(fraction(value)),
      pop: () => whole(consumer.tryPop()),
    };
  });
  const Point = struct({ x: "i32", y: "i32", z: "i32" });
  assertFifo(() => {
    const ring = new SpscRing(Point, 256);
    const producer = ring.producer();
    const consumer = ring.consumer();
    return {
      push: (x) => producer.tryPush({ x, y: -x, z: x }),
      pop: () => {
        const point = consumer.tryPop();
        if (point !== undefined) {
          assertEquals([point.y, point.z], [-point.x, point.x]);
        }
        return point?.x;
      },
    };
  });
});

Deno.test(
  "A channel with 'single' takes the lines of room only",
  TIMEOUT,
  () => {
    // More slots than room, and as many.
    for (const capacity of [130, 256]) {
      assertFifo(() => {
        const channel = new Channel<number>("f64", { capacity, single: true });
        const sender = channel.sender();
        const receiver = channel.receiver();
        return {
          push: (value) => sender.trySend(fraction(value)),
          pop: () => whole(receiver.tryRecv()),
        };
      });
    }
  },
);

Deno.test("ByteRing takes the lines of room only", TIMEOUT, () => {
  assertFifo(() => {
    const ring = new ByteRing(4096);
    const producer = ring.producer();
    const consumer = ring.consumer();
    const lengths: number[] = [];
    return {
      push: (value) => {
        // Frames of many lengths, so that rests are skipped.
        const frame = new Uint8Array((value * 37) % 201).fill(value);
        const pushed = producer.tryPush(frame, value);
        if (pushed) lengths.push(frame.length);
        return pushed;
      },
      pop: () => {
        const frame = consumer.tryPop();
        if (frame === undefined) return undefined;
        const value = consumer.tag;
        assertEquals(frame.length, lengths.shift());
        assertEquals(frame.every((byte) => byte === (value & 255)), true);
        return value;
      },
    };
  });
});

/** Which words of a ring were taken, by a call there, and what the call said. */
function taken(at: number, room: number, length = 1024): [number[], number] {
  const words = new Int32Array(1024 + 64).fill(7);
  const due = new RoomLines(words, 32, length).enter(at, room);
  const found = [...words.keys()].filter((k) => words[k] !== 7);
  return [found.map((k) => k - 32), due];
}

Deno.test("RoomLines.enter() takes eight lines ahead, and says when to come again", () => {
  const lines = (start: number) =>
    [...Array(8).keys()].map((k) => start + 16 * k);
  assertEquals(taken(0, 1024), [lines(128), 128]);
  assertEquals(taken(130, 256), [lines(256), 126]);
  // Behind the last stretch comes the first one.
  assertEquals(taken(1000, 600), [lines(0), 24]);
});

Deno.test("RoomLines.enter() leaves a ring alone that has no room or is too short", () => {
  assertEquals(taken(0, 255), [[], 128]);
  // Not made of whole stretches.
  assertEquals(taken(0, 1000, 1000), [[], 128]);
  assertEquals(taken(16, 64, 64), [[], 112]);
});
