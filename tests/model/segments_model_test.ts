/**
 * Model tests of the stores of segments. Bounds: two threads with up to three
 * calls each in all interleavings, or within so many `preemptions` as are given;
 * three with one call each within two. Segments of two records or four words, so that every call or two
 * needs another one; counts from 0 and near the end of their 30 bits.
 *
 * A thread is lost in front of each of its atomic operations (`mortal.ts`).
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Codec } from "../../sync/channel/codec.ts";
import {
  CLOSED,
  FULL,
  PUSHED,
  type Shape,
  type Store,
} from "../../sync/channel/flavor.ts";
import { ByteSegments } from "../../sync/channel/byte_segments.ts";
import { RecordSegments } from "../../sync/channel/record_segments.ts";
import { ChannelReserveError } from "../../sync/channel/reserve_error.ts";
import { geometryOf } from "../../sync/channel/segment_layout.ts";
import { allocate } from "../../sync/memory/arena.ts";
import { type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";
import { recordTypeOf } from "../../sync/record/record.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import { callsBy } from "./calls.ts";
import { ModelError, type Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import type { SequentialModel } from "./linearizable.ts";
import { mortal } from "./mortal.ts";
import { crewOf, type Ending, explored as holds, markLost } from "./program.ts";

interface Stores {
  readonly RecordSegments: typeof RecordSegments;
  readonly ByteSegments: typeof ByteSegments;
}
const ORIGINAL: Stores = { RecordSegments, ByteSegments };

type Call = readonly ["push", number] | readonly ["pop"] | readonly ["seal"];

interface State {
  readonly items: readonly number[];
  readonly sealed: boolean;
}

/** What a store does, one call at a time. */
function modelOf(
  capacity: number,
  initial: readonly number[],
): SequentialModel<State, unknown, unknown> {
  return {
    init: { items: initial, sealed: false },
    step: (state, input) => {
      const { items, sealed } = state;
      const call = input as Call;
      switch (call[0]) {
        case "pop":
          return { state: { sealed, items: items.slice(1) }, output: items[0] };
        case "seal":
          return { state: { items, sealed: true }, output: undefined };
        case "push":
          if (sealed) return { state, output: CLOSED };
          if (items.length >= capacity) return { state, output: FULL };
          return {
            state: { sealed, items: [...items, call[1]] },
            output: PUSHED,
          };
      }
    },
  };
}

interface Options {
  readonly capacity?: number;
  /** How many segments there are. */
  readonly segments?: number;
  /** How many messages there have been. */
  readonly start?: number;
  /** Pushed and popped again at the start. */
  readonly past?: number;
  /** What is in the store at the start. */
  readonly initial?: readonly number[];
  /** Whether messages go through a codec: a number as so many bytes. */
  readonly bytes?: boolean;
  readonly module?: Stores;
  readonly preemptions?: number;
  readonly timeouts?: number;
  readonly expireTimeouts?: readonly number[];
}

/** A number as that many bytes of its own value. */
const CODEC: Codec<number> = {
  name: "so many",
  encode: (value) => new Uint8Array(value).fill(value),
  decode: (bytes) => {
    assert(bytes.every((byte) => byte === bytes.length));
    return bytes.length;
  },
};

let crew: CurrentThread[] = [];

function shapeOf(options: Options): Shape<number> {
  const { capacity = Infinity, segments = 4, bytes = false } = options;
  const record = bytes ? undefined : recordTypeOf<number>("test", "i32");
  return {
    record,
    codec: CODEC,
    capacity,
    reserve: segmentOf(bytes) * segments,
  };
}

/** Two records, or a header and 16 bytes. */
function segmentOf(bytes: boolean): number {
  return bytes ? 24 - 8 : 8;
}

function attach(slice: SharedSlice, options: Options): Store<number> {
  const { bytes = false, module = ORIGINAL } = options;
  const shape = shapeOf(options);
  return bytes
    ? new module.ByteSegments(slice, shape, segmentOf(bytes))
    : new module.RecordSegments(slice, shape, segmentOf(bytes));
}

/** A store and the threads that will use it. */
function storeAt(options: Options): SharedSlice {
  crew = crewOf(4);
  becomeThread(crew[3]!);
  const { words } = geometryOf(shapeOf(options), segmentOf(!!options.bytes));
  const slice = allocate(4 * words);
  const store = attach(slice, options) as RecordSegments<number>;
  store.init(options.start ?? 0);
  for (let k = 0; k < (options.past ?? 0); k++) {
    assertEquals(store.tryPush(7), PUSHED);
    assertEquals(store.tryPop(), 7);
  }
  for (const value of options.initial ?? []) {
    assertEquals(store.tryPush(value), PUSHED);
  }
  return slice;
}

function callOn(store: Store<number>, call: Call): unknown {
  switch (call[0]) {
    case "pop":
      return store.tryPop();
    case "seal":
      return store.seal();
    case "push":
      store.check(call[1]);
      return store.tryPush(call[1]);
  }
}

/** Threads that call; every history must be one of a store, rest included. */
function calls(
  threads: readonly (readonly Call[])[],
  options: Options = {},
): Ending<SharedSlice> {
  const { capacity = Infinity, initial = [] } = options;
  return callsBy<SharedSlice, Store<number>, Call, State>(threads, {
    ...options,
    crew: () => crew,
    setup: () => storeAt(options),
    attach: (slice) => attach(slice, options),
    callOn,
    model: modelOf(capacity, initial),
    pop: POP,
    most: 100,
  });
}

const push = (value: number): Call => ["push", value];
const POP: Call = ["pop"];
const SEAL: Call = ["seal"];

Deno.test("Segments: one thread pushes while another one pops, through several segments", async () => {
  await holds(calls([[push(1), push(2), push(3)], [POP, POP]]));
  await holds(
    calls([[push(1), push(2)], [POP, POP, POP]], { initial: [8, 9] }),
  );
});

Deno.test("Segments: messages of several segments are pushed and popped as a whole", async () => {
  const bytes = true;
  await holds(calls([[push(20), push(3)], [POP, POP]], { bytes }));
  await holds(
    calls([[push(40), push(0)], [POP, POP]], {
      bytes,
      segments: 6,
      initial: [30],
    }),
  );
});

Deno.test("Segments: two threads push, or two pop, one after the other", async () => {
  await holds(calls([[push(1)], [push(2), push(3)]]));
  await holds(calls([[POP], [POP, POP]], { initial: [1, 2] }));
  await holds(
    calls([[POP, POP], [POP, push(3), POP]], {
      initial: [1, 2],
      preemptions: 3,
    }),
  );
});

Deno.test("Segments: segments that have been read are used again", async () => {
  // Seven records went through: two segments are free, the third one is full.
  const options = { past: 5, initial: [6], segments: 3 };
  await holds(calls([[push(1), push(2)], [POP, POP]], options));
  await holds(
    calls([[push(20)], [POP, POP]], {
      bytes: true,
      past: 4,
      initial: [9],
      segments: 7,
    }),
  );
});

Deno.test("Segments: a bounded store is full at its capacity", async () => {
  const options = { capacity: 2, initial: [7] };
  await holds(calls([[push(1), push(2)], [POP, push(3)]], options));
  await holds(calls([[push(1)], [push(2)]], options));
});

Deno.test("Segments: counts pass the end of their 30 bits", async () => {
  for (const start of [-1, -2, 2 ** 29 - 1, 2 ** 29 - 2]) {
    await holds(
      calls([[push(1), push(2)], [POP, POP]], { start, capacity: 1 }),
    );
  }
});

Deno.test("Segments: nothing is pushed after seal() has returned", async () => {
  await holds(calls([[push(1), push(2)], [SEAL, POP]]));
  await holds(calls([[push(1), POP], [SEAL, push(2)]], { capacity: 1 }));
});

Deno.test("Segments: three threads push, pop and seal", async () => {
  await holds(
    calls([[push(1)], [POP], [SEAL]], { initial: [6, 7], preemptions: 2 }),
  );
  await holds(
    calls([[push(1)], [push(2)], [POP]], {
      initial: [6],
      capacity: 2,
      preemptions: 2,
    }),
  );
});

/** One thread pushes again when another one has said that it popped. */
function retries(options: Options): Program<[SharedSlice, SharedSlice]> {
  return {
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => [storeAt(options), allocate(4)],
    threads: [
      ([slice, said]) => {
        const store = attach(slice, options);
        if (store.tryPush(20, 1) === PUSHED) return;
        Atomics.wait(wordsOf(said, 1), 0, 0);
        assertEquals(store.tryPush(20, 1), PUSHED);
      },
      ([slice, said]) => {
        assertEquals(attach(slice, options).tryPop(), 20);
        Atomics.store(wordsOf(said, 1), 0, 1);
        Atomics.notify(wordsOf(said, 1), 0);
      },
    ],
    timeouts: 0,
  };
}

const SHORT: Options = {
  bytes: true,
  capacity: 9,
  initial: [20],
  segments: 3,
};

Deno.test("Segments: who waits for memory finds it once a message was taken", async () => {
  await holds(retries(SHORT));
});

/**
 * The first thread is lost in front of each of its operations in turn, the second
 * one goes on. What the lost one did is there as a whole or not at all, and no
 * segment is gone.
 */
async function losing(
  dying: Call,
  other: readonly Call[],
  options: Options,
): Promise<void> {
  let alone = 0;
  for (let steps = 0;; steps++) {
    const program = calls([[dying], other], {
      timeouts: 1,
      expireTimeouts: [1],
      ...options,
    });
    const { enter, check } = program;
    const outcomes = new Set<unknown>();
    const [first, second] = program.threads;
    await holds({
      ...program,
      ...(enter === undefined ? {} : { enter }),
      threads: [
        mortal(steps, first!, (thread) => markLost(crew[thread]!)),
        second!,
      ],
      check: (slice, results, history) => {
        outcomes.add(results[0] === "lost");
        check!(slice, results, history);
        allIsThere(slice, options);
      },
    });
    // A few steps more than it takes alone: then it waits for the lock longer.
    if (outcomes.has(false) && alone === 0) alone = steps;
    if (alone > 0 && steps === alone + 3) break;
  }
}

/** An empty store takes as many records as there is room for. */
function allIsThere(slice: SharedSlice, options: Options): void {
  const { segments = 4, bytes = false } = options;
  const capacity = bytes ? 1000 : Infinity;
  const store = attach(slice, { ...options, capacity });
  assertEquals(store.size, 0);
  if (bytes) {
    const most = 16 * (segments - 1) - 8;
    assertEquals(store.tryPush(most), PUSHED);
    assertEquals(store.tryPop(), most);
    return;
  }
  let count = 0;
  const push = () => {
    try {
      return store.tryPush(count);
    } catch (error) {
      if (error instanceof ChannelReserveError) return FULL;
      throw error;
    }
  };
  while (push() === PUSHED) count++;
  if (push() === CLOSED) return;
  // The segment that the last record was in may have to be read to its end.
  assert(count >= 2 * (segments - 1) && count <= 2 * segments);
  for (let k = 0; k < count; k++) assertEquals(store.tryPop(), k);
}

const REUSE: Options = { past: 5, initial: [6], segments: 3 };
const REUSE_BYTES: Options = {
  bytes: true,
  past: 4,
  initial: [9],
  segments: 7,
};

Deno.test("Segments: a thread lost at any step of a push leaves all or nothing, and the lock", async () => {
  for (const other of [[push(1)], [POP, POP]]) {
    await losing(push(5), other, REUSE);
    await losing(push(20), other, REUSE_BYTES);
  }
});

Deno.test("Segments: a thread lost at any step of a pop leaves all or nothing, and the lock", async () => {
  for (const other of [[push(1)], [POP, POP]]) {
    await losing(POP, other, { past: 6, initial: [6, 7, 8], segments: 4 });
    await losing(POP, other, { ...REUSE_BYTES, initial: [20] });
  }
});

Deno.test("Segments: a thread lost at any step of seal() leaves the lock", async () => {
  await losing(SEAL, [push(1), POP], { capacity: 1 });
});

/** Stores with mistakes at their tail or their head. */
async function broken(
  end: "tail" | "head",
  ...edits: readonly Edit[]
): Promise<Stores> {
  const imported = { [`sync/channel/segment_${end}.ts`]: edits };
  return {
    ...await mutant<Stores>("sync/channel/record_segments.ts", [], imported),
    ...await mutant<Stores>("sync/channel/byte_segments.ts", [], imported),
  };
}

/** The checker finds what becomes of a thread that is lost at a bad moment. */
async function findsLoss(
  module: Stores,
  dying: Call,
  other: readonly Call[],
  options: Options,
): Promise<void> {
  await assertRejects(
    () => losing(dying, other, { ...options, module }),
    ModelError,
  );
}

const FLOW = [[push(1), push(2), push(3)], [POP, POP]];

Deno.test("Segments: the checker finds a record that is counted before it is written", async () => {
  const { RecordSegments } = await mutant<Stores>(
    "sync/channel/record_segments.ts",
    [
      ["this.#record.write(this.#words, tail.at, value);", ""],
      [
        "tail.commit(tail.at + this.#width);",
        `tail.commit(tail.at + this.#width);
         this.#record.write(this.#words, tail.at, value);`,
      ],
    ],
  );
  const module = { ...ORIGINAL, RecordSegments };
  await refuses("data race", calls(FLOW, { module }));
});

Deno.test("Segments: the checker finds counts that are stored without Atomics", async () => {
  const pushed = await broken("tail", [
    "is in the queue.\n    Atomics.store(words, PUSHED, pushed);",
    "is in the queue.\n    words[PUSHED] = pushed;",
  ]);
  await refuses("data race", calls(FLOW, { module: pushed }));
  const popped = await broken("head", [
    "Atomics.store(words, POPPED, this.#popped);",
    "words[POPPED] = this.#popped;",
  ]);
  const options = { module: popped, capacity: 2 };
  await refuses("data race", calls(FLOW, options));
});

Deno.test("Segments: the checker finds a push and a pop without the lock", async () => {
  const tail = await broken(
    "tail",
    [
      "let verdict: Pushed = CLOSED;\n    this.#lock.lock(options);",
      "let verdict: Pushed = CLOSED;",
    ],
    [
      "had never been. */\n  leave(): void {\n    this.#lock.unlock();",
      "*/\n  leave(): void {",
    ],
  );
  await refuses("data race", calls([[push(1)], [push(2)]], { module: tail }));
  const head = await broken(
    "head",
    [
      "let stays = false;\n    this.#lock.lock(options);",
      "let stays = false;",
    ],
    ["leave(): void {\n    this.#lock.unlock();", "leave(): void {"],
  );
  const options = { module: head, initial: [1, 2] };
  await refuses("data race", calls([[POP], [POP]], options));
});

Deno.test("Segments: the checker finds a pop without a second look", async () => {
  const module = await broken("head", [
    "stays = !isSame(this.#seen, this.#popped);",
    "stays = true;",
  ]);
  await refuses("exception", calls([[POP], [POP]], { module, initial: [1] }));
  const stale = await broken("head", [
    "if (this.#popped !== known) this.#seen = Atomics.load(words, PUSHED);",
    "",
  ]);
  await refuses(
    "exception",
    calls([[POP, POP], [POP, push(3), POP]], {
      module: stale,
      initial: [1, 2],
    }),
  );
});

Deno.test("Segments: the checker finds counts that are compared as they are", async () => {
  const wrapped = await broken("tail", [
    "return ((pushed >>> 2) - (popped >>> 2)) & 0x3fffffff;",
    "return (pushed >>> 2) - (popped >>> 2);",
  ]);
  const options = { module: wrapped, start: -1, capacity: 1 };
  await refuses("exception", calls([[push(1)], [push(2)]], options));
  const marked = await broken("head", [
    "return (a ^ b) >>> 2 === 0;",
    "return a === b;",
  ]);
  await refuses(
    "exception",
    calls([[push(1)], [POP, POP]], { module: marked, past: 3 }),
  );
});

/** One that has just been attached must not take a count that came round for none. */
function attached(module: Stores = ORIGINAL): Ending<SharedSlice> {
  const options = { module, start: -1, initial: [7], preemptions: 2 };
  return calls([[push(8), POP], [POP]], options);
}

Deno.test("Segments: a store that is attached to while the count comes round is not found empty", async () => {
  await holds(attached());
  const module = await broken("head", [
    "this.#seen = this.#popped = Atomics.load(words, POPPED);",
    "",
  ]);
  await refuses("exception", attached(module));
});

Deno.test("Segments: the checker finds a seal that does not wait for a push", async () => {
  const module = await broken(
    "tail",
    [
      "this.#lock.lock(POISONED_TOO);\n    try {\n      Atomics.store(this.#words, SEALED, 1);\n    } finally {\n      this.#lock.unlock();\n    }",
      "Atomics.store(this.#words, SEALED, 1);",
    ],
    ["if (words[SEALED] !== 0)", "if (Atomics.load(words, SEALED) !== 0)"],
  );
  await refuses("exception", calls([[push(1)], [SEAL, POP]], { module }));
});

Deno.test("Segments: the checker finds positions that are changed before the count", async () => {
  const tail = await broken(
    "tail",
    [
      "TAIL_POSITION + ((pushed & 1) << 1);\n    words",
      "TAIL_POSITION; words",
    ],
    [
      "TAIL_POSITION + ((pushed & 1) << 1);\n    this",
      "TAIL_POSITION; this",
    ],
  );
  await findsLoss(tail, push(5), [push(1)], { initial: [6] });
  const head = await broken(
    "head",
    ["HEAD_POSITION + ((popped & 1) << 1)", "HEAD_POSITION"],
    ["HEAD_POSITION + ((~popped & 1) << 1)", "HEAD_POSITION"],
  );
  await findsLoss(head, POP, [POP], { initial: [6, 7] });
});

Deno.test("Segments: the checker finds segments that are taken before the count", async () => {
  const module = await broken(
    "tail",
    ["SUPPLY + ((this.#pushed & 2) << 1)", "SUPPLY"],
    ["SUPPLY + ((pushed & 2) << 1)", "SUPPLY"],
  );
  await findsLoss(module, push(5), [POP], { initial: [6, 7] });
});

Deno.test("Segments: the checker finds segments that are given back before the message is taken", async () => {
  const module = await broken(
    "head",
    ["if (this.#moved) this.#free();", ""],
    [
      "words[position] = at;",
      "words[position] = at; if (this.#moved) this.#free();",
    ],
  );
  await findsLoss(module, POP, [push(19)], {
    bytes: true,
    initial: [20],
    segments: 4,
  });
});

Deno.test("Segments: the checker finds a refusal that is remembered for too long", async () => {
  const { ByteSegments } = await mutant<Stores>(
    "sync/channel/byte_segments.ts",
    [["this.#refusedAt = popped;", "this.#refusedAt = this.#tail.popped;"]],
  );
  const module = { ...ORIGINAL, ByteSegments };
  await refuses("exception", retries({ ...SHORT, module }));
});

Deno.test("Segments: the checker finds segments that nobody gives back", async () => {
  const module = await broken("tail", ["this.#head.settle(options);", ""]);
  await findsLoss(module, POP, [POP], {
    bytes: true,
    initial: [20],
    segments: 4,
  });
});
