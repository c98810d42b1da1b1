/**
 * Model tests of `Broadcast`. Bounds: one call of a sender against two of a receiver,
 * and two senders with one each, in all interleavings; more calls, and three
 * threads, within the `preemptions` that are given; a sender that is lost in front
 * of each of its atomic operations. Capacities of 1 and 2; positions from 0 and near
 * 2^30, 2^31 and 2^32.
 */

import { assert, assertEquals } from "@std/assert";
import {
  Broadcast,
  type BroadcastHandle,
  BroadcastReceiver,
  BroadcastSender,
} from "../../sync/channel/mod.ts";
import { PUBLICATION_SIZE } from "../../sync/channel/publication.ts";
import { LINE } from "../../sync/memory/memory.ts";
import { NUMBERS } from "../sync/fixtures/channel_codec.ts";
import {
  type Call,
  explored,
  holds,
  losing,
  programOf,
  range,
  refusesLoss,
  type Role,
  type Scene,
  withLoss,
} from "./ends_program.ts";
import type { Edit } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import type { SequentialModel } from "./linearizable.ts";
import {
  CLOSED_MEANWHILE,
  closingUnheard,
  codecOf,
  type Kind,
  MAKER,
  type Module,
  ONE,
  OPEN,
  opened,
  openEnds,
  type Part,
  type PublicationOptions,
  rolesOf,
  sendersOf,
  TRY,
  TWO,
} from "./publication_program.ts";

const WIDTH = 1;
const TAIL = LINE / 4;
const PUBLICATION = 2 * LINE / 4;
const SLOTS = PUBLICATION + PUBLICATION_SIZE / 4;

interface State {
  readonly sent: readonly number[];
  /** How far each thread's receiver is. */
  readonly next: readonly number[];
  readonly isClosed: boolean;
}

/** What a broadcast does, one call at a time; a door returns when it can. */
function modelOf(
  capacity: number,
  initial: readonly number[],
): SequentialModel<State, unknown, unknown> {
  return {
    init: { sent: initial, next: [0, 0, 0, 0], isClosed: false },
    same: (expected, actual) =>
      expected === "sent"
        ? typeof actual === "number" && actual > 0
        : JSON.stringify(expected) === JSON.stringify(actual),
    step: (state, input) => {
      const [thread, name, value] = input as [number, string, number];
      const { sent, next, isClosed } = state;
      if (name === "close") {
        return { state: { ...state, isClosed: true }, output: undefined };
      }
      if (name === "send") {
        if (isClosed) return { state, output: "closed" };
        return { state: { ...state, sent: [...sent, value] }, output: "sent" };
      }
      const at = next[thread]!;
      if (at === sent.length) {
        if (isClosed) return { state, output: "closed" };
        return { state, output: name === "tryRecv" ? undefined : "waits" };
      }
      const missed = sent.length - capacity - at;
      const to = missed > 0 ? at + missed : at + 1;
      return {
        state: { ...state, next: next.with(thread, to) },
        output: missed > 0 ? `missed ${missed}` : sent[at],
      };
    },
  };
}

interface Options extends PublicationOptions {
  readonly capacity?: number;
  /** Where the positions start. */
  readonly position?: number;
  /** What was sent before, by the maker. */
  readonly initial?: readonly number[];
}

/** Puts an empty ring to where its positions start. */
function moveTo(handle: BroadcastHandle, position: number): void {
  const { buffer, byteOffset, capacity } = handle;
  const words = new Int32Array(buffer, byteOffset);
  const slot = 3 + words[WIDTH]!;
  words[TAIL] = position;
  for (let k = 0; k < capacity; k++) {
    const at = SLOTS + slot * ((position + k) % capacity);
    const stamp = (position + k - capacity) & 0x7fffffff;
    words[at] = words[at + 1] = stamp;
  }
}

function scene(
  parts: readonly Part[],
  {
    module = OPEN,
    capacity = 2,
    position = 0,
    initial = [],
    record = "i32",
    ...more
  }: Options = {},
): Scene<BroadcastHandle, State> {
  const start = { kind: "BroadcastReceiver", position: position | 0 } as const;
  const codec = codecOf(record);
  const opening: Record<Kind, Role<BroadcastHandle>["open"]> = {
    sender: (handle) =>
      module.BroadcastSender.from(
        { ...handle, kind: "BroadcastSender" },
        codec,
      ),
    receiver: (handle) =>
      module.BroadcastReceiver.from({ ...handle, ...start }, codec),
    channel: (handle) => module.Broadcast.from(handle, codec),
  };
  const makerSends = initial.length > 0;
  return {
    ...more,
    setup: (crew) => {
      const options = { capacity, ...codec && { maxBytes: 8 } };
      const broadcast = new module.Broadcast<number>(record, options);
      const { buffer, byteOffset } = broadcast.handle;
      moveTo(broadcast.handle, position);
      openEnds(
        new Int32Array(buffer, byteOffset + 4 * PUBLICATION),
        crew,
        sendersOf(parts, makerSends),
      );
      if (makerSends) {
        const sender = broadcast.sender();
        for (const value of initial) sender.send(value);
      }
      return broadcast.handle;
    },
    roles: rolesOf(parts, opening),
    model: modelOf(capacity, initial),
    rest: (handle) => {
      const receiver = opening.receiver(handle) as BroadcastReceiver;
      return drain(receiver).map((output) => [[MAKER, "tryRecv"], output]);
    },
  };
}

/** What a receiver still gets, up to the first that is nothing. */
function drain(receiver: { tryRecv(): unknown }): unknown[] {
  const rest: unknown[] = [];
  for (;;) {
    let output: unknown;
    try {
      output = receiver.tryRecv();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const { missed } = error as Error & { missed?: number };
      output = missed === undefined ? "closed" : `missed ${missed}`;
    }
    rest.push(output);
    if (output === undefined || output === "closed") return rest;
    assert(rest.length < 10);
  }
}

const THREE: Call = ["send", 3];
const RECV: Call = ["recv"];

Deno.test("Broadcast: a receiver gets each message or is told how many it missed (U18)", async () => {
  await holds(scene([["sender", ONE], ["receiver", TRY, TRY]]));
  await holds(
    scene([["sender", ONE], ["receiver", TRY, TRY]], {
      capacity: 1,
      initial: [7],
    }),
  );
  await holds(
    scene([["sender", ONE, TWO], ["receiver", TRY, TRY]], {
      capacity: 1,
      preemptions: 2,
    }),
  );
  const ends = await holds(
    scene([["sender", ONE, TWO, THREE], ["receiver", TRY, TRY, TRY]], {
      preemptions: 2,
    }),
  );
  assert([...ends].some((end) => end.includes("missed 1")));
});

Deno.test("Broadcast: the messages of two senders have one order", async () => {
  const parts: readonly Part[] = [["sender", ONE], ["sender", TWO]];
  for (const capacity of [1, 2]) {
    await explored(programOf(scene(parts, { capacity })));
  }
  await holds(
    scene([...parts, ["receiver", TRY, TRY]], { capacity: 1, preemptions: 1 }),
  );
});

Deno.test("Broadcast: receivers see the same order", async () => {
  const receivers: readonly Part[] = [["receiver", TRY, TRY], [
    "receiver",
    TRY,
  ]];
  await holds(
    scene([["sender", ONE, TWO], ...receivers], { preemptions: 1 }),
  );
  await holds(
    scene([["sender", ONE], ...receivers], {
      capacity: 1,
      initial: [7],
      preemptions: 2,
    }),
  );
});

Deno.test("Broadcast: messages of two words are not torn", async () => {
  await holds(
    scene([["sender", ["send", -0.1]], ["receiver", TRY, TRY]], {
      record: "f64",
      capacity: 1,
      initial: [Math.PI],
    }),
  );
});

Deno.test("Broadcast: messages of different lengths are not torn", async () => {
  await holds(
    scene(
      [["sender", ["send", 12345678], ["send", 5]], ["receiver", TRY, TRY]],
      {
        record: NUMBERS,
        capacity: 1,
        initial: [7],
        preemptions: 2,
      },
    ),
  );
});

Deno.test("Broadcast: positions may pass 2^30, 2^31 and 2^32", async () => {
  for (const wrap of [2 ** 30, 2 ** 31, 2 ** 32]) {
    for (const before of [0, 1]) {
      await holds(
        scene([["sender", ONE], ["receiver", TRY, TRY, TRY]], {
          position: wrap - before,
          initial: [7, 8],
          preemptions: 2,
        }),
      );
    }
  }
});

Deno.test("BroadcastReceiver.recv() is woken by a message", async () => {
  await explored(
    programOf(
      scene([["sender", ONE, TWO], ["receiver", RECV, RECV]], {
        preemptions: 2,
      }),
    ),
  );
  await explored(programOf(scene([["sender", ONE], ["receiver", RECV]])));
  await explored(
    programOf(scene([["sender", ONE], ["receiver", ["recvAsync"]]])),
  );
  await explored(
    programOf(
      scene([["sender", ONE], ["receiver", RECV], ["receiver", [
        "recvAsync",
      ]]], { preemptions: 1 }),
    ),
  );
});

Deno.test("Broadcast: when all senders are closed receivers drain first (U18)", async () => {
  await holds(
    scene([["sender", ONE, ["close"]], ["receiver", TRY, TRY, TRY]], {
      preemptions: 2,
    }),
  );
  const ends = await explored(
    programOf(
      scene([["sender", ONE, ["close"]], ["receiver", RECV, RECV]], {
        preemptions: 2,
      }),
    ),
  );
  assertEquals([...ends], ['[[1,null],[1,"closed"]]']);
  await explored(
    programOf(
      scene([["sender", ["close"]], ["receiver", ["recvAsync"]]]),
    ),
  );
});

Deno.test("Broadcast: after a receiver is told of the end no send succeeds", async () => {
  const ends = await holds(
    scene([["sender", ONE], ["channel", ["close"]], ["receiver", TRY, TRY]], {
      preemptions: 2,
    }),
  );
  assert(ends.has('[["closed"],[null],["closed","closed"]]'), [...ends].join());
  await holds(
    scene([["sender", ONE], ["channel", ["close"]], ["receiver", RECV]], {
      preemptions: 1,
      capacity: 1,
      initial: [7],
    }),
  );
});

Deno.test("BroadcastReceiver.recvAsync() given up misses nothing", async () => {
  const ends = await holds(
    scene([["sender", ONE, TWO], [
      "receiver",
      ["recvAsync", "signal"],
      ["recvAsync"],
    ]], { preemptions: 1 }),
  );
  assert(ends.has('[[1,1],["AbortError",1]]'), [...ends].join());
});

Deno.test("BroadcastReceiver.recv() in time has the message, else leaves it", async () => {
  const ends = await holds(
    scene([["sender", ONE, TWO], [
      "receiver",
      ["recv", { timeout: 9 }],
      RECV,
    ]], { timeouts: 1, expireTimeouts: [1], preemptions: 1 }),
  );
  assert(ends.has('[[1,1],["TimeoutError",1]]'), [...ends].join());
});

Deno.test("BroadcastSender.closed() is woken by the last receiver that goes", async () => {
  const leaves: Role<BroadcastHandle> = {
    open: (handle) =>
      BroadcastReceiver.from({
        ...handle,
        kind: "BroadcastReceiver",
        position: 0,
      }),
    calls: [["close"]],
  };
  const waits: Role<BroadcastHandle> = {
    open: (handle) =>
      BroadcastSender.from({ ...handle, kind: "BroadcastSender" }),
    calls: [["closed"]],
  };
  await explored(programOf({
    setup: () => new Broadcast("i32", { capacity: 1 }).handle,
    roles: [waits, leaves],
    model: {
      init: 0,
      step: (state) => ({ state, output: 0 }),
      same: () => true,
    },
    check: ([waited]) => assertEquals(waited, [true]),
  }));
});

/** Whether what was received, and missed, may be of these messages. */
function fits(received: readonly unknown[], sent: readonly number[]): boolean {
  let at = 0;
  for (const one of received) {
    if (one === undefined || one === "closed") continue;
    if (typeof one === "number") {
      if (sent[at++] !== one) return false;
    } else at += Number(String(one).slice("missed ".length));
  }
  return at === sent.length;
}

/** The first thread is lost; whatever it did is all or nothing. */
function lossy(
  dies: number,
  parts: readonly Part[],
  orders: readonly (readonly number[])[],
  options: Options,
  drained: (rest: readonly unknown[]) => void = () => {},
): Scene<BroadcastHandle, State> {
  const plain = withLoss(dies, scene(parts, options));
  const rest: unknown[][] = [];
  return {
    ...plain,
    model: { ...plain.model, same: () => true },
    rest: (handle) => {
      rest[0] = plain.rest!(handle).map(([_, output]) => output);
      drained(rest[0]);
      return [];
    },
    check: (results) => {
      assert(
        orders.some((order) => fits(rest[0]!, order)),
        JSON.stringify([results, rest]),
      );
      const [_, second] = results;
      if (parts[1]![0] !== "receiver") return;
      assert(
        orders.some((order) =>
          order.some((_, k) => fits(second!, order.slice(0, k + 1))) ||
          fits(second!, [])
        ),
        JSON.stringify(results),
      );
    },
  };
}

Deno.test("Broadcast: a sender lost at any step has sent all or nothing (U18)", async () => {
  // Another sender is not held up.
  for (const capacity of [1, 2]) {
    await losing((dies) =>
      lossy(
        dies,
        [["sender", ONE], ["sender", TWO]],
        [[7, 1, 2], [7, 2, 1], [7, 2]],
        { initial: [7], capacity },
      )
    );
  }
  // Nor is a receiver.
  await losing((dies) =>
    lossy(
      dies,
      [["sender", ONE], ["receiver", TRY, TRY, TRY]],
      [[7], [7, 1]],
      { initial: [7], capacity: 1 },
    )
  );
});

Deno.test("Broadcast: a sender lost at any step counts as closed (U18)", async () => {
  await losing<BroadcastHandle, State>((dies) => {
    const plain = lossy(
      dies,
      [["sender", ONE, ["close"]], ["receiver", RECV]],
      [[], [1]],
      { preemptions: 1, timeouts: 1, expireTimeouts: [1] },
      (rest) => assertEquals(rest.at(-1), "closed"),
    );
    return {
      ...plain,
      check: ([_, received]) =>
        assert([1, "closed"].includes(received![0] as never)),
    };
  });
});

function broken(...edits: Edit[]): Promise<Module> {
  return opened({ broadcast_ring: edits });
}

const SENDS_AND_TRIES: readonly Part[] = [
  ["sender", ONE, TWO],
  ["receiver", TRY, TRY],
];

/**
 * A sender is lost in the middle of message 1, in the slot of message 0, which one
 * receiver is reading; another one brings its stamp back.
 */
async function readsWhileLost(dies: number, module: Module): Promise<void> {
  const half = lossy(
    dies,
    [["sender", ["send", -0.1]], ["receiver", TRY], ["receiver", TRY]],
    [[Math.PI], [Math.PI, -0.1]],
    {
      module,
      capacity: 1,
      initial: [Math.PI],
      record: "f64",
      preemptions: 2,
    },
  );
  const whole = [Math.PI, -0.1, "missed 1", undefined];
  await explored(programOf({
    ...half,
    check: ([, ...received]) => {
      for (const [one] of received) {
        assert(whole.includes(one as number), `${one}`);
      }
    },
  }));
}

/** Between its stores of the position and of the second word, and around that. */
const IN_A_MESSAGE = [13, 14, 15];

Deno.test("Broadcast: a message is not torn by a sender that is lost while it is read", async () => {
  for (const dies of IN_A_MESSAGE) await readsWhileLost(dies, OPEN);
});

Deno.test("Broadcast: the checker finds a position that is loaded before the words", async () => {
  const module = await broken([
    "loadWords(words, at + MESSAGE, this.payload);",
    "const which = Atomics.load(words, at + POSITION); loadWords(words, at + MESSAGE, this.payload); if (Atomics.load(words, at + STAMP) !== seen) continue;",
  ], [
    "if (Atomics.load(words, at + POSITION) === position) return READ;",
    "if (which === position) return READ;",
  ]);
  await refusesLoss(IN_A_MESSAGE, (dies) => readsWhileLost(dies, module));
});

Deno.test("Broadcast: the checker finds a message whose position is not looked at", async () => {
  const module = await broken([
    "if (Atomics.load(words, at + POSITION) === position) return READ;",
    "return READ;",
  ]);
  await refuses(
    "exception",
    programOf(scene(SENDS_AND_TRIES, { module, capacity: 1 })),
  );
});

Deno.test("Broadcast: the checker finds a stamp that is stored before the message", async () => {
  const module = await broken([
    "Atomics.store(words, at + POSITION, tail);",
    "Atomics.store(words, at + STAMP, full(tail)); Atomics.store(words, at + POSITION, tail);",
  ]);
  await refuses(
    "exception",
    programOf(scene(SENDS_AND_TRIES, { module, capacity: 1, record: "f64" })),
  );
});

Deno.test("Broadcast: the checker finds a slot that is claimed by load and store", async () => {
  const module = await broken([
    "if (\n        Atomics.compareExchange(words, at + STAMP, seen, this.#claim) !== seen\n      ) continue;",
    "Atomics.store(words, at + STAMP, this.#claim);",
  ]);
  await refuses(
    "data race",
    programOf(scene([["sender", ONE], ["sender", TWO]], { module })),
  );
});

Deno.test("Broadcast: the checker finds a message of which half is there", async () => {
  const module = await broken(
    ["Atomics.store(words, at + POSITION, tail);", ""],
    [
      "words[at + DRAFT] = full(tail);",
      "Atomics.store(words, at + POSITION, tail); words[at + DRAFT] = full(tail);",
    ],
  );
  await refusesLoss(range(6, 24), (dies) => {
    const half = lossy(
      dies,
      [["sender", ["send", 0.1]], ["receiver", TRY, TRY]],
      [[7.5], [7.5, 0.1]],
      { module, capacity: 1, initial: [7.5], record: "f64" },
    );
    return explored(programOf(half));
  });
});

Deno.test("Broadcast: the checker finds a lag that is told from a claim", async () => {
  const module = await broken([
    "if (now < 0) this.#passOver(at, now, looks);",
    "if (now < 0) return MISSED;",
  ]);
  await refuses(
    "exception",
    programOf(
      scene([["sender", ONE], ["receiver", TRY, TRY]], {
        module,
        capacity: 1,
        initial: [7],
      }),
    ),
  );
});

Deno.test("Broadcast: the checker finds a sender that signals before the message", async () => {
  const module = await broken(
    ["this.news.signal();\n      return isOpen;", "return isOpen;"],
    [
      "const isOpen = !this.senders.isGone;",
      "const isOpen = !this.senders.isGone; this.news.signal();",
    ],
  );
  await refuses(
    "deadlock",
    programOf(scene([["sender", ONE], ["receiver", RECV]], { module })),
  );
});

Deno.test("Broadcast: the checker finds a sender that looks for the end before its claim", async () => {
  const module = await broken(
    [
      "const isOpen = !this.senders.isGone;",
      "const isOpen = wasOpen;",
    ],
    [
      "const tail = Atomics.load(words, TAIL);\n      const at = this.#at(tail);",
      "const wasOpen = !this.senders.isGone;\n      const tail = Atomics.load(words, TAIL);\n      const at = this.#at(tail);",
    ],
  );
  await refuses(
    "exception",
    programOf(
      scene(CLOSED_MEANWHILE, { module, preemptions: 3 }),
    ),
  );
});

Deno.test("Broadcast: the checker finds a receiver that looks for the end too late", async () => {
  const module = await broken(
    ["const isOver = this.senders.isGone;\n", ""],
    [
      "return isOver ? OVER : NONE;",
      "return this.senders.isGone ? OVER : NONE;",
    ],
  );
  await refuses(
    "exception",
    programOf(
      scene([["sender", ONE, ["close"]], ["receiver", TRY]], { module }),
    ),
  );
});

Deno.test("Broadcast: the checker finds an end that is told while a sender sends", async () => {
  const module = await broken([
    "if (seen >= 0) return isOver ? OVER : NONE;",
    "if (isOver || seen >= 0) return isOver ? OVER : NONE;",
  ]);
  await refuses(
    "exception",
    programOf(
      scene(CLOSED_MEANWHILE, { module, preemptions: 3 }),
    ),
  );
});

Deno.test("Broadcast: the checker finds a closed sender that wakes nobody", async () => {
  const module = await closingUnheard();
  await refuses(
    "deadlock",
    programOf(scene([["sender", ["close"]], ["receiver", RECV]], { module })),
  );
});

Deno.test("Broadcast: the checker finds stamps that do not wrap", async () => {
  const module = await broken([
    "return position & 0x7fffffff;",
    "return position;",
  ]);
  await refuses(
    "livelock",
    programOf(scene(SENDS_AND_TRIES, { module, position: 2 ** 31 - 1 })),
  );
});

Deno.test("Broadcast: the checker finds a tail that is behind the reader", async () => {
  const module = await broken([
    "const { tail } = this;",
    "const tail = Atomics.load(words, TAIL);",
  ]);
  await refuses("exception", programOf(scene(SENDS_AND_TRIES, { module })));
});
