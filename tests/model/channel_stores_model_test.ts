/**
 * Model tests of the stores of bounded channels: `ArrayStore` with 1, 2, and 3
 * places in 4 slots, and `SingleStore`. Bounds: two threads with up to three
 * calls each in all interleavings, three within as many preemptions as are given;
 * a thread lost in front of any of its operations.
 */

import { assert, assertEquals } from "@std/assert";
import { allocate } from "../../sync/memory/arena.ts";
import { arrayFlavor } from "../../sync/channel/array_store.ts";
import {
  type Flavor,
  FULL,
  PUSHED,
  type Shape,
  type Store,
} from "../../sync/channel/flavor.ts";
import { recordCodec } from "../../sync/channel/record_codec.ts";
import { singleFlavor } from "../../sync/channel/single_store.ts";
import type { SharedSlice } from "../../sync/memory/memory.ts";
import { recordTypeOf } from "../../sync/record/record.ts";
import type { RecordKind } from "../../sync/record/record_type.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import { callsBy } from "./calls.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import type { SequentialModel } from "./linearizable.ts";
import {
  crewOf,
  type Ending,
  endsInSeveralWays as holds,
  explored,
} from "./program.ts";
import { SLOT_MISTAKES } from "./slot_mistakes.ts";

type Call = readonly ["push", number] | readonly ["pop"] | readonly ["seal"];

interface State {
  readonly queue: readonly number[];
  readonly sealed: boolean;
}

/** What a store does, one call at a time. */
function modelOf(
  capacity: number,
  queue: readonly number[],
): SequentialModel<State, unknown, unknown> {
  return {
    init: { queue, sealed: false },
    step: (state, input) => {
      const [name, value] = input as Call;
      const { queue, sealed } = state;
      if (name === "seal") {
        return { state: { queue, sealed: true }, output: undefined };
      }
      if (name === "pop") {
        return { state: { queue: queue.slice(1), sealed }, output: queue[0] };
      }
      if (sealed) return { state, output: "closed" };
      if (queue.length === capacity) return { state, output: "full" };
      return {
        state: { queue: [...queue, value!], sealed },
        output: "pushed",
      };
    },
  };
}

interface Options {
  readonly flavor?: Flavor;
  readonly record?: RecordKind;
  readonly capacity?: number;
  /** Where the positions start. */
  readonly position?: number;
  /** What is there at the start. */
  readonly initial?: readonly number[];
  readonly preemptions?: number;
  /** The first thread is lost after so many operations. */
  readonly lost?: number;
}

let crew: CurrentThread[] = [];

function shapeOf(options: Options): Shape<number> {
  const record = recordTypeOf<number>("test", options.record ?? "i32");
  return {
    record,
    codec: recordCodec(record),
    capacity: options.capacity ?? 2,
    reserve: 0,
  };
}

function attach(slice: SharedSlice, options: Options): Store<number> {
  return (options.flavor ?? arrayFlavor).attach(slice, shapeOf(options));
}

function storeOf(options: Options): SharedSlice {
  const { initial = [], flavor = arrayFlavor } = options;
  crew = crewOf(4);
  becomeThread(crew[3]!);
  const slice = allocate(flavor.byteLength(shapeOf(options)));
  const store = attach(slice, options) as Store<number> & {
    init(position?: number): void;
  };
  store.init(options.position);
  for (const value of initial) assertEquals(store.tryPush(value), PUSHED);
  return slice;
}

function callOn(store: Store<number>, [name, value]: Call): unknown {
  if (name === "pop") return store.tryPop();
  if (name === "seal") return store.seal();
  const pushed = store.tryPush(value!);
  return pushed === PUSHED ? "pushed" : pushed === FULL ? "full" : "closed";
}

/** Threads that call; every history must be one of a store, rest included. */
function calls(
  threads: readonly (readonly Call[])[],
  options: Options = {},
): Ending<SharedSlice> {
  const { capacity = 2, initial = [], preemptions, lost } = options;
  return callsBy<SharedSlice, Store<number>, Call, State>(threads, {
    crew: () => crew,
    setup: () => storeOf(options),
    attach: (slice) => attach(slice, options),
    callOn,
    model: modelOf(capacity, initial),
    pop: ["pop"],
    most: capacity,
    lost,
    ...(preemptions === undefined ? {} : { preemptions }),
  });
}

const PUSHES: readonly Call[] = [["push", 1], ["push", 2]];
const POPS: readonly Call[] = [["pop"], ["pop"]];
const FLAVORS: readonly (readonly [string, Flavor])[] = [
  ["ArrayStore", arrayFlavor],
  ["SingleStore", singleFlavor],
];

for (const [name, flavor] of FLAVORS) {
  Deno.test(`${name}: one that pushes and one that pops are linearizable`, async () => {
    await holds(calls([PUSHES, POPS], { flavor }));
    await holds(calls([PUSHES, POPS], { flavor, capacity: 1 }));
    await holds(
      calls([[...PUSHES, ["push", 3]], POPS], {
        flavor,
        capacity: 3,
        initial: [7],
      }),
    );
    await holds(
      calls([PUSHES, [...POPS, ["pop"]]], {
        flavor,
        capacity: 3,
        initial: [7, 8, 9],
      }),
    );
  });

  Deno.test(`${name}: records of two words are not torn`, async () => {
    await holds(
      calls([[["push", -0.1], ["push", 1e300]], POPS], {
        flavor,
        record: "f64",
        capacity: 1,
      }),
    );
  });

  Deno.test(`${name}: positions may pass 2^30, 2^31 and 2^32`, async () => {
    for (const position of [2 ** 30, 2 ** 31, 2 ** 32]) {
      for (const [capacity, slots] of [[1, 1], [2, 2], [3, 4]] as const) {
        const options = { flavor, capacity, position: position - slots };
        const initial = [7, 8, 9].slice(0, capacity);
        await holds(calls([PUSHES, POPS], { ...options, initial }));
      }
    }
  });

  Deno.test(`${name}: nothing comes after the seal was seen and then nothing`, async () => {
    await holds(calls([PUSHES, [["seal"], ["pop"], ["pop"]]], { flavor }));
    await holds(
      calls([PUSHES, [["pop"], ["seal"], ["pop"]]], { flavor, capacity: 1 }),
    );
    await holds(
      calls([PUSHES, [["seal"]], [["seal"], ["pop"]]], {
        flavor,
        preemptions: 3,
      }),
    );
  });

  Deno.test(`${name}: a sender lost at any step leaves a message or none`, async () => {
    await losing([["push", 5], ["push", 6]], { flavor, capacity: 1 }, [
      POPS,
      [["seal"], ["pop"], ["pop"]],
    ]);
  });

  Deno.test(`${name}: a receiver lost at any step takes a message or none`, async () => {
    await losing([["pop"]], { flavor, capacity: 1, initial: [7] }, [
      PUSHES,
      [["seal"], ["push", 1]],
    ]);
  });

  Deno.test(`${name}: one that seals lost at any step blocks nobody`, async () => {
    await losing([["seal"]], { flavor }, [PUSHES, [["push", 1], ["pop"]]]);
  });
}

/** The first thread is lost in front of each of its operations. */
async function losing(
  dying: readonly Call[],
  options: Options,
  others: readonly (readonly Call[])[],
): Promise<void> {
  for (const other of others) {
    let lost = 0;
    for (;; lost++) {
      const program = calls([dying, other], { ...options, lost });
      await explored(program);
      if (![...program.ends].some((end) => end.includes("lost"))) break;
    }
    assert(lost > 1);
  }
}

Deno.test("ArrayStore: two that do the same are linearizable", async () => {
  await holds(calls([PUSHES, [["push", 3], ["pop"]]]));
  await explored(calls([[["push", 1]], [["push", 2]]]));
  await holds(calls([POPS, [["pop"]]], { initial: [7, 8] }));
  await holds(
    calls([[["push", 1], ["pop"]], [["push", 2], ["pop"]]], { capacity: 1 }),
  );
  await holds(
    calls([[["push", 1], ["push", 2]], [["push", 3]]], {
      capacity: 3,
      initial: [7],
    }),
  );
});

Deno.test("ArrayStore: three threads are linearizable", async () => {
  await holds(calls([[["push", 1]], [["push", 2]], POPS], { preemptions: 2 }));
  await holds(
    calls([[["push", 1]], [["pop"]], [["pop"]]], {
      initial: [7],
      preemptions: 3,
    }),
  );
  // More slots than room: nobody goes past the capacity.
  await holds(
    calls([[["push", 1]], [["push", 2]], [["pop"]]], {
      capacity: 3,
      initial: [7, 8, 9],
      preemptions: 3,
    }),
  );
});

async function brokenArray(...edits: Edit[]): Promise<Flavor> {
  type Module = typeof import("../../sync/channel/array_store.ts");
  const path = "sync/channel/array_store.ts";
  const slots = { "sync/queue/record_slots.ts": edits };
  return (await mutant<Module>(path, [], slots)).arrayFlavor;
}

async function brokenSingle(...edits: Edit[]): Promise<Flavor> {
  type Module = typeof import("../../sync/channel/single_store.ts");
  const path = "sync/channel/single_store.ts";
  return (await mutant<Module>(path, edits)).singleFlavor;
}

const SEALS: readonly Call[] = [["seal"], ["pop"]];

Deno.test("ArrayStore: the checker finds a seal that is looked at before the claim", async () => {
  const check =
    "        if (this.isSealed) {\n          Atomics.store(words, at, stamp);\n          return false;\n        }\n";
  const flavor = await brokenArray([check, ""], [
    "      const seen = Atomics.compareExchange(words, at, stamp, this.#claim);",
    "      if (this.isSealed) return false;\n      const seen = Atomics.compareExchange(words, at, stamp, this.#claim);",
  ]);
  await refuses("exception", calls([[["push", 1]], SEALS], { flavor }));
});

Deno.test("ArrayStore: the checker finds a claim that is not taken back", async () => {
  const flavor = await brokenArray([
    "          Atomics.store(words, at, stamp);\n          return false;",
    "          return false;",
  ]);
  // Who comes to it sleeps, and lets the claimer go on.
  await refuses("deadlock", calls([[["push", 1]], SEALS], { flavor }));
});

Deno.test("ArrayStore: the checker finds a slot that is claimed by load and store", async () => {
  const flavor = await brokenArray(SLOT_MISTAKES.claimedByStore);
  await refuses("data race", calls([[["push", 1]], [["push", 2]]], { flavor }));
});

Deno.test("ArrayStore: the checker finds a record that is written after the stamp", async () => {
  const flavor = await brokenArray(SLOT_MISTAKES.writtenLate);
  await refuses("data race", calls([PUSHES, POPS], { flavor }));
});

Deno.test("ArrayStore: the checker finds more messages than there is room for", async () => {
  const flavor = await brokenArray([
    "if (this.#count !== this.capacity) {",
    "if (false) {",
  ]);
  await refuses(
    "exception",
    calls([PUSHES, [["pop"]]], { flavor, capacity: 3, initial: [7, 8] }),
  );
});

Deno.test("ArrayStore: the checker finds a full store that is told from a wrong slot", async () => {
  const flavor = await brokenArray([
    "const oldest = (tail - this.capacity) | 0;",
    "const oldest = (tail - this.capacity - 1) | 0;",
  ]);
  await refuses(
    "exception",
    calls([PUSHES, [["pop"]]], { flavor, capacity: 3, initial: [7, 8] }),
  );
});

Deno.test("ArrayStore: the checker finds a head that is remembered ahead of the truth", async () => {
  const flavor = await brokenArray([
    "this.#head = Atomics.load(words, HEAD);\n    return GONE;",
    "this.#head = tail;\n    return GONE;",
  ]);
  await refuses(
    "exception",
    calls([[["pop"], ...PUSHES], [["pop"]]], {
      flavor,
      capacity: 3,
      initial: [7, 8, 9],
    }),
  );
});

Deno.test("ArrayStore: the checker finds a slot that is freed for the same lap", async () => {
  const flavor = await brokenArray(SLOT_MISTAKES.freedForSameLap);
  await refuses("livelock", calls([PUSHES, POPS], { flavor, capacity: 1 }));
});

Deno.test("ArrayStore: the checker finds stamps that do not wrap", async () => {
  const flavor = await brokenArray(SLOT_MISTAKES.endless);
  const position = 2 ** 30 - 1;
  await refuses(
    "livelock",
    calls([PUSHES, POPS], { flavor, position, capacity: 1 }),
  );
});

Deno.test("ArrayStore: the checker finds a lost claim that is thrown away", async () => {
  type Module = typeof import("../../sync/channel/array_store.ts");
  const { arrayFlavor: flavor } = await mutant<Module>(
    "sync/channel/array_store.ts",
    [],
    {
      "sync/queue/slot_claims.ts": [[
        "Atomics.store(words, at, words[at + DRAFT]!);",
        "",
      ]],
      "sync/queue/record_slots.ts": [],
    },
  );
  const program = (lost: number) =>
    calls([[["push", 1]], POPS], { flavor, lost });
  // After the claim.
  await refuses("livelock", program(3));
});

Deno.test("SingleStore: the checker finds a tail that is stored and not exchanged", async () => {
  const flavor = await brokenSingle([
    "    if (Atomics.compareExchange(words, TAIL, tail, next) !== tail) {\n      return CLOSED;\n    }\n",
    "    if ((Atomics.load(words, TAIL) & SEALED) !== 0) return CLOSED;\n    Atomics.store(words, TAIL, next);\n",
  ]);
  await refuses("exception", calls([[["push", 1]], SEALS], { flavor }));
});

Deno.test("SingleStore: the checker finds a tail that is published before the record", async () => {
  const flavor = await brokenSingle(
    ["    this.#records.write(this.#at(tail), value);\n", ""],
    [
      "    this.#tail = next;\n    return PUSHED;",
      "    this.#records.write(this.#at(tail), value);\n    this.#tail = next;\n    return PUSHED;",
    ],
  );
  await refuses("data race", calls([PUSHES, POPS], { flavor }));
});

Deno.test("SingleStore: the checker finds room that is given back before the record is read", async () => {
  const flavor = await brokenSingle(
    ["    const fetched = this.#records.fetch(this.#at(head));\n", ""],
    [
      "    return this.#records.take(fetched, into);",
      "    const fetched = this.#records.fetch(this.#at(head));\n    return this.#records.take(fetched, into);",
    ],
  );
  await refuses(
    "data race",
    calls([PUSHES, POPS], { flavor, capacity: 1, initial: [7] }),
  );
});

Deno.test("SingleStore: the checker finds a head that is not looked at again", async () => {
  const flavor = await brokenSingle([
    "      this.#head = Atomics.load(this.#words, HEAD);\n      room",
    "      room",
  ]);
  await refuses(
    "exception",
    calls([PUSHES, POPS], { flavor, capacity: 1, initial: [7] }),
  );
});

Deno.test("SingleStore: the checker finds a push that goes on behind the room it saw", async () => {
  const flavor = await brokenSingle([
    "Math.min(room, STEP * Math.ceil(words / width))",
    "STEP * Math.ceil(words / width)",
  ]);
  await refuses(
    "exception",
    calls([PUSHES, POPS], { flavor, capacity: 1 }),
  );
});

Deno.test("SingleStore: the checker finds a seal that is taken for a message", async () => {
  const flavor = await brokenSingle([
    "      this.#tail = Atomics.load(words, TAIL) & ~SEALED;\n      if",
    "      this.#tail = Atomics.load(words, TAIL);\n      if",
  ]);
  await refuses("exception", calls([[["push", 1]], SEALS], { flavor }));
});
