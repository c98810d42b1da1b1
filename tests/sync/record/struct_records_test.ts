import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { Deque } from "../../../sync/queue/deque.ts";
import { MpmcQueue } from "../../../sync/queue/mpmc_queue.ts";
import { SharedCell } from "../../../sync/value/shared_cell.ts";
import { SharedStruct } from "../../../sync/value/shared_struct.ts";
import { SpscRing } from "../../../sync/queue/spsc_ring.ts";
import { struct } from "../../../sync/record/struct.ts";

const TIMEOUT = { timeout: 120_000 };

interface Tick {
  price: number;
  amount: number;
  buys: boolean;
  order: bigint;
}

/** 32 bytes; and one whose size is no multiple of 8. */
const Tick = struct({
  price: "f64",
  amount: "u16",
  buys: "bool",
  order: "i64",
});
const Small = struct({ id: "u8", level: "i16", rate: "f32" });

function tick(k: number): Tick {
  return {
    price: k + 0.1,
    amount: k % 2 ** 16,
    buys: k % 2 === 0,
    order: BigInt(k) << 40n,
  };
}

/** What both kinds of queues do, as one thread has it. */
interface Queue<T> {
  tryPush(value: T): boolean;
  tryPop(into?: T): T | undefined;
  pushMany(values: T[]): number;
  popMany(target: T[]): number;
  push(value: T, options?: { timeout?: number }): void;
  pop(options?: { timeout?: number; into?: T }): T;
  pushAsync(value: T, options?: { timeout?: number }): Promise<void>;
  popAsync(options?: { timeout?: number; into?: T }): Promise<T>;
  size(): number;
}

function asQueue<T>(queue: MpmcQueue<T>): Queue<T> {
  return {
    tryPush: (value) => queue.tryPush(value),
    tryPop: (into) => queue.tryPop(into),
    pushMany: (values) => queue.pushMany(values as never),
    popMany: (target) => queue.popMany(target as never),
    push: (value, options) => queue.push(value, options),
    pop: (options) => queue.pop(options),
    pushAsync: (value, options) => queue.pushAsync(value, options),
    popAsync: (options) => queue.popAsync(options),
    size: () => queue.size,
  };
}

function asRing<T>(ring: SpscRing<T>): Queue<T> {
  const producer = ring.producer();
  const consumer = SpscRing.from(structuredClone(ring.handle)).consumer();
  return {
    tryPush: (value) => producer.tryPush(value),
    tryPop: (into) => consumer.tryPop(into),
    pushMany: (values) => producer.pushMany(values as never),
    popMany: (target) => consumer.popMany(target as never),
    push: (value, options) => producer.push(value, options),
    pop: (options) => consumer.pop(options),
    pushAsync: (value, options) => producer.pushAsync(value, options),
    popAsync: (options) => consumer.popAsync(options),
    size: () => ring.size,
  };
}

const queues = {
  MpmcQueue: (capacity: number) => asQueue(new MpmcQueue(Tick, capacity)),
  SpscRing: (capacity: number) => asRing(new SpscRing(Tick, capacity)),
};

for (const [name, make] of Object.entries(queues)) {
  Deno.test(`${name} of structs keeps every field, first in, first out`, () => {
    const queue = make(4);
    for (let lap = 0; lap < 5; lap++) {
      for (let k = 0; k < 4; k++) assert(queue.tryPush(tick(4 * lap + k)));
      assertFalse(queue.tryPush(tick(99)));
      assertEquals(queue.size(), 4);
      for (let k = 0; k < 4; k++) {
        assertEquals(queue.tryPop(), tick(4 * lap + k));
      }
      assertEquals(queue.tryPop(), undefined);
    }
  });

  Deno.test(`${name}.tryPop() puts a struct into the object that is given`, () => {
    const queue = make(2);
    const into = { ...tick(9), more: 1 };
    assertEquals(queue.tryPop(into), undefined);
    assertEquals(into, { ...tick(9), more: 1 });
    queue.tryPush(tick(3));
    assertStrictEquals(queue.tryPop(into), into);
    assertEquals(into, { ...tick(3), more: 1 });
    queue.push(tick(4));
    assertStrictEquals(queue.pop({ into }), into);
    assertEquals(into.price, 4.1);
  });

  Deno.test(`${name}: the async doors take structs`, TIMEOUT, async () => {
    const queue = make(1);
    const into = tick(0);
    const taken = queue.popAsync({ into, timeout: 5000 });
    await queue.pushAsync(tick(5));
    assertStrictEquals(await taken, into);
    assertEquals(into, tick(5));
  });

  Deno.test(`${name} refuses other values and stays as it is`, async () => {
    const queue = make(2);
    queue.tryPush(tick(1));
    const bad: readonly (readonly [unknown, typeof Error])[] = [
      [undefined, TypeError],
      [null, TypeError],
      [7, TypeError],
      [{}, TypeError],
      [{ ...tick(1), amount: -1 }, RangeError],
      [{ ...tick(1), amount: 0.5 }, RangeError],
      [{ ...tick(1), price: "1" }, TypeError],
      [{ ...tick(1), buys: 1 }, TypeError],
      [{ ...tick(1), order: 1 }, TypeError],
      [{ ...tick(1), order: 2n ** 63n }, RangeError],
    ];
    for (const [value, error] of bad as [Tick, typeof Error][]) {
      assertThrows(() => queue.tryPush(value), error);
      assertThrows(() => queue.push(value), error);
      await assertRejects(() => queue.pushAsync(value), error);
      assertThrows(() => queue.pushMany([value]), error);
    }
    for (const array of [new Float64Array(1), {}, undefined, "x"]) {
      assertThrows(() => queue.pushMany(array as never), TypeError);
      assertThrows(() => queue.popMany(array as never), TypeError);
    }
    assertEquals(queue.size(), 1);
    // All are checked before any is added, even one for which there is no room.
    const many = [tick(2), tick(3), {} as Tick];
    assertThrows(() => queue.pushMany(many), TypeError);
    assertThrows(() => queue.pushMany(many.slice(1)), TypeError);
    assertEquals([queue.tryPop(), queue.tryPop()], [tick(1), undefined]);
  });

  Deno.test(`${name}.popMany() fills the objects that are there`, () => {
    const queue = make(4);
    assertEquals(queue.pushMany([0, 1, 2, 3, 4, 5].map(tick)), 4);
    const first = tick(9);
    const target = [first, undefined, , ,] as unknown as Tick[];
    target.length = 3;
    assertEquals(queue.popMany(target), 3);
    assertStrictEquals(target[0], first);
    assertEquals(target, [tick(0), tick(1), tick(2)]);
    assertEquals(queue.popMany(target), 1);
    assertStrictEquals(target[0], first);
    assertEquals(target, [tick(3), tick(1), tick(2)]);
    assertEquals(queue.popMany(target), 0);
    assertEquals(queue.popMany([]), 0);
    assertEquals(queue.pushMany([]), 0);
  });

  Deno.test(`${name}: code of the caller may use the queue that it is called by`, () => {
    const queue = make(8);
    const nested = {
      ...tick(1),
      get price() {
        queue.tryPush(tick(7));
        return 1.1;
      },
    };
    assert(queue.tryPush(nested));
    assertEquals(queue.pushMany([tick(0), nested, tick(2)]), 3);
    const numbers: number[] = [];
    const into = {
      ...tick(0),
      get amount() {
        return 0;
      },
      set amount(amount) {
        numbers.push(amount);
        const other = queue.tryPop();
        if (other !== undefined) numbers.push(other.amount);
      },
    };
    assertEquals(queue.tryPop(into)!.price, 7.1);
    const target = [into, into];
    while (queue.popMany(target) > 0);
    const all = numbers.toSorted((a, b) => a - b);
    // A getter is read once for each record that is added.
    assertEquals(all, [0, 1, 1, 2, 7, 7]);
    assertEquals(queue.size(), 0);
    // What a getter throws leaves no slot taken.
    const failing = {
      ...tick(0),
      get price(): number {
        throw new Error("no");
      },
    };
    assertThrows(() => queue.tryPush(failing), Error, "no");
    // A record whose setter throws is taken.
    queue.push(tick(3));
    const throwing = {
      ...tick(0),
      get amount() {
        return 0;
      },
      set amount(_) {
        throw new Error("no");
      },
    };
    assertThrows(() => queue.tryPop(throwing), Error, "no");
    assertEquals(queue.size(), 0);
    assert(queue.tryPush(tick(4)));
    assertEquals(queue.tryPop(), tick(4));
  });

  Deno.test(`${name} of structs does what an array does`, () => {
    const step = fc.oneof(
      fc.tuple(fc.constant("tryPush" as const), fc.nat(100_000)),
      fc.tuple(fc.constant("pushMany" as const), fc.nat(6)),
      fc.tuple(fc.constant("tryPop" as const), fc.boolean()),
      fc.tuple(fc.constant("popMany" as const), fc.nat(6)),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 4, 8),
        fc.array(step, { maxLength: 40 }),
        (capacity, steps) => {
          const queue = make(capacity);
          const model: Tick[] = [];
          let next = 0;
          for (const [call, argument] of steps) {
            if (call === "tryPush") {
              const fits = model.length < capacity;
              if (fits) model.push(tick(argument));
              assertEquals(queue.tryPush(tick(argument)), fits);
            } else if (call === "pushMany") {
              const ticks = Array.from(
                { length: argument },
                () => tick(next++),
              );
              const fits = Math.min(capacity - model.length, argument);
              model.push(...ticks.slice(0, fits));
              assertEquals(queue.pushMany(ticks), fits);
            } else if (call === "tryPop") {
              const into = argument ? tick(0) : undefined;
              assertEquals(queue.tryPop(into), model.shift());
            } else {
              const target = Array.from({ length: argument }, () => tick(0));
              const taken = model.splice(0, argument);
              assertEquals(queue.popMany(target), taken.length);
              assertEquals(target.slice(0, taken.length), taken);
            }
            assertEquals(queue.size(), model.length);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
}

Deno.test("MpmcQueue.forcePush() gives back the struct that had to go (U15)", () => {
  const queue = new MpmcQueue(Tick, 2);
  assertEquals(queue.forcePush(tick(1)), undefined);
  assertEquals(queue.forcePush(tick(2)), undefined);
  const into = tick(0);
  assertStrictEquals(queue.forcePush(tick(3), into), into);
  assertEquals(into, tick(1));
  assertEquals(queue.forcePush(tick(4)), tick(2));
  assertThrows(() => queue.forcePush({ ...tick(5), amount: -1 }), RangeError);
  assertEquals([queue.tryPop(), queue.tryPop()], [tick(3), tick(4)]);
});

Deno.test("MpmcQueue and SpscRing keep structs of any size apart", () => {
  const value = (k: number) => ({ id: k, level: -k, rate: k / 2 });
  const queue = asQueue(new MpmcQueue(Small, 4));
  const ring = asRing(new SpscRing(Small, 4));
  for (const each of [queue, ring]) {
    for (let lap = 0; lap < 3; lap++) {
      for (let k = 0; k < 4; k++) each.push(value(k + lap));
      for (let k = 0; k < 4; k++) assertEquals(each.pop(), value(k + lap));
    }
  }
});

Deno.test("MpmcQueue and SpscRing refuse more memory than they can have", () => {
  const Wide = struct(
    Object.fromEntries(Array.from({ length: 200 }, (_, k) => [`f${k}`, "f64"])),
  );
  assertThrows(() => new MpmcQueue(Wide, 2 ** 24), RangeError);
  assertThrows(() => new SpscRing(Wide, 2 ** 26), RangeError);
  const handle = { ...new SpscRing(Wide, 2).handle, capacity: 2 ** 26 };
  assertThrows(() => SpscRing.from(handle as never), RangeError);
});

Deno.test("MpmcQueue and SpscRing refuse handles of other structs", () => {
  const Other = struct({
    price: "f64",
    amount: "i16",
    buys: "bool",
    order: "i64",
  });
  const queue = new MpmcQueue(Tick, 4).handle;
  const ring = new SpscRing(Tick, 4).handle;
  for (
    const from of [
      (record: unknown) => MpmcQueue.from({ ...queue, record } as never),
      (record: unknown) => SpscRing.from({ ...ring, record } as never),
    ]
  ) {
    for (const record of [Other.form, "i32", Small.form]) {
      assertThrows(() => from(record), RangeError);
    }
    for (const record of [[], {}, [["a", "b"]], undefined]) {
      assertThrows(() => from(record), TypeError);
    }
    assertEquals(from(structuredClone(Tick.form)).capacity, 4);
  }
});

Deno.test("MpmcQueue and SpscRing have their records' type", () => {
  const numbers = new MpmcQueue("i32", 4);
  const number: number | undefined = numbers.tryPop();
  assertEquals(number, undefined);
  const ticks = new SpscRing(Tick, 4);
  const consumer = ticks.consumer();
  const taken: Tick | undefined = consumer.tryPop();
  assertEquals(taken, undefined);
  const attached: MpmcQueue<number> = MpmcQueue.from(numbers.handle);
  assertEquals(attached.size, 0);
  // @ts-expect-error another struct
  assertThrows(() => ticks.producer().push({ id: 1 }), TypeError);
  // @ts-expect-error a struct is no number
  assertThrows(() => numbers.push(tick(1)), TypeError);
  // @ts-expect-error numbers are not structs
  assertEquals(new MpmcQueue<Tick>("i32", 4).size, 0);
});

/** What a million or so calls allocate, in bytes for each; after as many before. */
function allocated(calls: number, act: (k: number) => void): number {
  const round = 5000;
  for (let k = 0; k < calls; k++) act(k);
  let sum = 0;
  for (let k = 0; k < calls; k += round) {
    const before = Deno.memoryUsage().heapUsed;
    for (let j = 0; j < round; j++) act(k + j);
    // Less than before where it was collected meanwhile.
    sum += Math.max(Deno.memoryUsage().heapUsed - before, 0);
  }
  return sum / calls;
}

Deno.test("MpmcQueue, SpscRing, SharedCell and SharedStruct allocate nothing for a call", () => {
  const ring = new SpscRing(Plain, 8);
  const doubles = new SpscRing("f64", 8);
  const cell = new SharedCell(Span, { from: 0, to: 0 });
  const made = new SharedStruct(Short);
  const short = { id: 0, rate: 0, seen: false };
  const [rings, numbers] = [asRing(ring), asRing(doubles)];
  const queue = new MpmcQueue(Plain, 8);
  const integers = new MpmcQueue("i32", 8);
  const plain = { price: 0, amount: 0, buys: false };
  const span = { from: 0, to: 0 };
  const uses: Record<string, (k: number) => void> = {
    "a queue of structs": (k) => {
      plain.amount = k & 255;
      queue.tryPush(plain);
      queue.tryPop(plain);
    },
    "a queue of integers": (k) => {
      integers.tryPush(k);
      integers.tryPop();
    },
    "a ring of structs": (k) => {
      plain.amount = k & 255;
      rings.tryPush(plain);
      rings.tryPop(plain);
    },
    "a ring of numbers": (k) => {
      numbers.tryPush(k & 255);
      numbers.tryPop();
    },
    "a cell": (k) => {
      span.to = k & 255;
      cell.store(span);
      cell.load(span);
    },
    "a struct": (k) => {
      made.fields.id = k;
      made.add("id", 1);
      made.read(short);
    },
  };
  for (const [name, act] of Object.entries(uses)) {
    const bytes = allocated(200_000, act);
    // A number in the heap has 16.
    assert(bytes < 4, `${name}: ${bytes} bytes`);
  }
});

const Plain = struct({ price: "f64", amount: "u32", buys: "bool" });
const Span = struct({ from: "f64", to: "f64" });
const Short = struct({ id: "u32", rate: "f32", seen: "bool" });

const One = struct({ a: "i32" });
type One = { a: number };

Deno.test("Where a record cannot be put is refused before it is taken", async () => {
  const queue = new MpmcQueue<One>(One, 4);
  const ring = new SpscRing<One>(One, 4);
  using producer = ring.producer();
  using consumer = ring.consumer();
  const deque = new Deque<One>(One, 4);
  using owner = deque.owner();
  const cell = new SharedCell<One>(One, { a: 1 });
  const made = new SharedStruct(One, { a: 1 });
  for (const end of [queue, producer, owner]) assert(end.tryPush({ a: 1 }));
  const full = new MpmcQueue<One>(One, 1);
  assert(full.tryPush({ a: 1 }));
  for (const bad of [null, 5, "x", true, () => {}]) {
    const into = bad as unknown as One;
    const message = bad === null ? "null" : typeof bad;
    const calls: (() => unknown)[] = [
      () => queue.tryPop(into),
      () => queue.pop({ into }),
      () => consumer.tryPop(into),
      () => consumer.pop({ into }),
      () => deque.trySteal(into),
      () => deque.steal({ into }),
      () => owner.tryPop(into),
      () => full.forcePush({ a: 2 }, into),
      () => cell.exchange({ a: 2 }, into),
      () => cell.load(into),
      () => made.read(into),
    ];
    if (bad !== null) {
      calls.push(() => queue.popMany([into]), () => consumer.popMany([into]));
    }
    for (const call of calls) assertThrows(call, TypeError, message);
    const waits = [
      () => queue.popAsync({ into }),
      () => consumer.popAsync({ into }),
      () => deque.stealAsync({ into }),
    ];
    for (const wait of waits) await assertRejects(wait, TypeError, message);
  }
  const one = { a: 1 };
  assertEquals([cell.load(), full.tryPop(), made.read()], [one, one, one]);
  assertEquals([queue.size, ring.size, deque.size], [1, 1, 1]);
  // An array has none where it has null.
  for (const source of [queue, consumer]) {
    const target = [null, null] as unknown as One[];
    assertEquals(source.popMany(target), 1);
    assertEquals(target, [one, null] as unknown as One[]);
  }
  // Numbers need no place: it is not looked at.
  const numbers = new MpmcQueue("i32", 1);
  assert(numbers.tryPush(7));
  assertEquals(numbers.tryPop(null as never), 7);
});

Deno.test("An object that refuses a record's fields costs that record, and nothing else", () => {
  const queue = new MpmcQueue<One>(One, 4);
  const ring = new SpscRing<One>(One, 4);
  using producer = ring.producer();
  using consumer = ring.consumer();
  for (const [to, from] of [[queue, queue], [producer, consumer]] as const) {
    for (const a of [1, 2, 3]) assert(to.tryPush({ a }));
    const frozen: One = Object.freeze({ a: 0 });
    assertThrows(() => from.tryPop(frozen), TypeError);
    assertThrows(() => from.popMany([frozen]), TypeError);
    assertEquals([from.tryPop(), from.tryPop()], [{ a: 3 }, undefined]);
  }
});

Deno.test("pushMany() within a getter of pushMany() adds what is its own", () => {
  const queue = new MpmcQueue<One>(One, 8);
  const ring = new SpscRing<One>(One, 8);
  using producer = ring.producer();
  using consumer = ring.consumer();
  using owner = new Deque<One>(One, 8, { order: "fifo" }).owner();
  const ends = [[queue, queue], [producer, consumer], [owner, owner]] as const;
  for (const [to, from] of ends) {
    const greedy = {
      get a() {
        assertEquals(to.pushMany([{ a: 7 }, { a: 8 }]), 2);
        return 2;
      },
    };
    assertEquals(to.pushMany([{ a: 1 }, greedy, { a: 3 }]), 3);
    const taken: number[] = [];
    for (let one; (one = from.tryPop()) !== undefined;) taken.push(one.a);
    assertEquals(taken, [7, 8, 1, 2, 3]);
  }
});
