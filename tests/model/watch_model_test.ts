/**
 * Model tests of `Watch`. Bounds: two threads with up to two calls each in all
 * interleavings, with more within the `preemptions` that are given; one of them lost
 * in front of each of its atomic operations; three threads within one or two
 * preemptions. Versions from 0 and near 2^31 and 2^32.
 */

import { assert, assertEquals } from "@std/assert";
import type {
  WatchHandle,
  WatchReceiver,
  WatchSender,
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
const VERSION = LINE / 4;
const PUBLICATION = 3 * LINE / 4;
const VALUES = PUBLICATION + PUBLICATION_SIZE / 4;

interface State {
  readonly value: number;
  /** How many values there were. */
  readonly version: number;
  /** Which one each thread has seen. */
  readonly seen: readonly number[];
  readonly isClosed: boolean;
}

const INITIAL = 7;

/** What a watch does, one call at a time; a door returns when it can. */
const MODEL: SequentialModel<State, unknown, unknown> = {
  init: { value: INITIAL, version: 0, seen: [0, 0, 0, 0], isClosed: false },
  step: (state, input) => {
    const [thread, name, value] = input as [number, string, number];
    const { seen, isClosed, version } = state;
    const isNew = seen[thread] !== version;
    const known = { ...state, seen: seen.with(thread, version) };
    const next = (value: number) => ({ ...state, value, version: version + 1 });
    switch (name) {
      case "close":
        return { state: { ...state, isClosed: true }, output: undefined };
      case "send":
        if (isClosed) return { state, output: "closed" };
        return { state: next(value), output: undefined };
      case "sendReplace":
        if (isClosed) return { state, output: "closed" };
        return { state: next(value), output: state.value };
      case "add":
        if (isClosed) return { state, output: "closed" };
        return { state: next(state.value + value), output: undefined };
      case "raise":
        if (state.value >= value) return { state, output: false };
        if (isClosed) return { state, output: "closed" };
        return { state: next(value), output: true };
      case "borrow":
        return { state, output: state.value };
      case "borrowAndUpdate":
        return { state: known, output: state.value };
      case "tryRecv":
        if (isNew) return { state: known, output: state.value };
        return { state, output: isClosed ? "closed" : undefined };
      default: // doors that wait
        if (isNew) return { state: known, output: undefined };
        return { state, output: isClosed ? "closed" : "waits" };
    }
  },
};

interface Options extends PublicationOptions {
  /** Where the versions start. */
  readonly version?: number;
}

/** A sender whose functions are told by numbers. */
class Sender {
  readonly #sender: WatchSender;

  constructor(sender: WatchSender) {
    this.#sender = sender;
  }

  send = (value: number) => this.#sender.send(value);
  sendReplace = (value: number) => this.#sender.sendReplace(value);
  add = (value: number) => this.#sender.sendModify((last) => last + value);
  raise = (value: number) =>
    this.#sender.sendIfModified((last) => last < value ? value : undefined);
  close = () => this.#sender.close();
}

function scene(
  parts: readonly Part[],
  { module = OPEN, version = 0, record = "i32", ...more }: Options = {},
): Scene<WatchHandle, State> {
  const start = { kind: "WatchReceiver", version: version | 0 } as const;
  const codec = codecOf(record);
  const opening: Record<Kind, Role<WatchHandle>["open"]> = {
    sender: (handle) =>
      new Sender(
        module.WatchSender.from({ ...handle, kind: "WatchSender" }, codec),
      ),
    receiver: (handle) =>
      module.WatchReceiver.from({ ...handle, ...start }, codec),
    channel: (handle) => module.Watch.from(handle, codec),
  };
  return {
    ...more,
    setup: (crew) => {
      const options = codec && { maxBytes: 8 };
      const { handle } = new module.Watch<number>(record, INITIAL, options);
      const words = new Int32Array(handle.buffer, handle.byteOffset);
      words[VERSION] = version;
      if (version % 4 !== 0) {
        const width = words[WIDTH]!;
        const at = VALUES + (version % 4) * width;
        words.copyWithin(at, VALUES, VALUES + width);
      }
      openEnds(words.subarray(PUBLICATION), crew, sendersOf(parts));
      return handle;
    },
    roles: rolesOf(parts, opening),
    model: MODEL,
    rest: (handle) => {
      const receiver = opening.receiver(handle) as WatchReceiver;
      return [[[MAKER, "borrow"], receiver.borrow()]];
    },
  };
}

const BORROW: Call = ["borrow"];
const UPDATE: Call = ["borrowAndUpdate"];
const CHANGED: Call = ["changed"];

Deno.test("Watch: receivers see the last value (U18)", async () => {
  await holds(scene([["sender", ONE, TWO], ["receiver", BORROW, BORROW]]));
  await holds(scene([["sender", ONE, TWO], ["receiver", TRY, TRY, UPDATE]]));
  await holds(
    scene([["sender", ONE, TWO], ["receiver", TRY, TRY], [
      "receiver",
      BORROW,
      UPDATE,
    ]], { preemptions: 1 }),
  );
});

Deno.test("Watch: no receiver goes back, however many values there are", async () => {
  const sends: Call[] = [1, 2, 3, 4, 5, 6].map((value) => ["send", value]);
  await holds(
    scene([["sender", ...sends], ["receiver", BORROW, BORROW]], {
      preemptions: 2,
      record: "f64",
    }),
  );
});

Deno.test("Watch: values of different lengths are not torn", async () => {
  const sends: Call[] = [12345678, 1, 12, 3456789, 5].map(
    (value) => ["send", value],
  );
  await holds(
    scene([["sender", ...sends], ["receiver", BORROW, BORROW]], {
      preemptions: 2,
      record: NUMBERS,
    }),
  );
});

Deno.test("Watch: versions may pass 2^31 and 2^32", async () => {
  for (const wrap of [2 ** 31, 2 ** 32]) {
    for (const before of [0, 1]) {
      await holds(
        scene([["sender", ONE, TWO], ["receiver", TRY, TRY]], {
          version: wrap - before,
          preemptions: 2,
        }),
      );
    }
  }
});

Deno.test("WatchSender.sendModify() and sendReplace() lose no value (U18)", async () => {
  for (
    const call of [["add", 10], ["sendReplace", 10], ["raise", 10]] as const
  ) {
    await explored(
      programOf(scene([["sender", ["add", 1]], ["sender", call]])),
    );
  }
  await explored(
    programOf(
      scene([["sender", ["add", 1]], ["sender", ["add", 10]], ["sender", [
        "add",
        100,
      ]]], { preemptions: 1 }),
    ),
  );
});

Deno.test("WatchSender.sendIfModified() that leaves the value tells nobody (U18)", async () => {
  await holds(
    scene([["sender", ["raise", 5], ["raise", 9]], ["receiver", TRY, TRY]]),
  );
});

Deno.test("WatchReceiver.changed() is woken by a value (U18)", async () => {
  await explored(programOf(scene([["sender", ONE], ["receiver", CHANGED]])));
  await explored(
    programOf(scene([["sender", ONE], ["receiver", ["changedAsync"]]])),
  );
  await explored(
    programOf(
      scene([["sender", ONE], ["receiver", CHANGED], ["receiver", [
        "changedAsync",
      ]]], { preemptions: 1 }),
    ),
  );
});

Deno.test("Watch: when all senders are closed the last value is seen first (U18)", async () => {
  await holds(
    scene([["sender", ONE, ["close"]], ["receiver", TRY, TRY]], {
      preemptions: 3,
    }),
  );
  const ends = await explored(
    programOf(
      scene([["sender", ONE, ["close"]], ["receiver", CHANGED, CHANGED]], {
        preemptions: 2,
      }),
    ),
  );
  assertEquals([...ends], ['[[null,null],[null,"closed"]]']);
  await explored(
    programOf(scene([["sender", ["close"]], ["receiver", ["changedAsync"]]])),
  );
});

Deno.test("Watch: after a receiver is told of the end no send succeeds", async () => {
  const ends = await holds(
    scene([["sender", ONE], ["channel", ["close"]], ["receiver", TRY, TRY]], {
      preemptions: 2,
    }),
  );
  assert(ends.has('[["closed"],[null],["closed","closed"]]'));
  await holds(
    scene([["sender", ONE], ["channel", ["close"]], ["receiver", CHANGED]], {
      preemptions: 1,
    }),
  );
});

Deno.test("WatchReceiver.changedAsync() given up misses nothing", async () => {
  const ends = await holds(
    scene([["sender", ONE, ["close"]], [
      "receiver",
      ["changedAsync", "signal"],
      TRY,
    ]], { preemptions: 1 }),
  );
  assert(ends.has('[[null,null],["AbortError",1]]'), [...ends].join());
});

Deno.test("WatchReceiver.changed() in time sees the value, else leaves it", async () => {
  const ends = await holds(
    scene([["sender", ONE], [
      "receiver",
      ["changed", { timeout: 9 }],
      TRY,
    ]], { timeouts: 1, expireTimeouts: [1], preemptions: 2 }),
  );
  assert(ends.has('[[null],["TimeoutError",1]]'), [...ends].join());
});

Deno.test("WatchReceiver.waitFor() sees each value that stays (U18)", async () => {
  const program = scene([["sender", ONE, TWO], ["receiver", ["wait"]]], {
    preemptions: 2,
  });
  const [sender, receiver] = program.roles as [
    Role<WatchHandle>,
    Role<WatchHandle>,
  ];
  await explored(programOf({
    ...program,
    roles: [sender, {
      open: (handle) => {
        const end = receiver.open(handle) as WatchReceiver;
        return { wait: () => end.waitFor((value) => value === 2) };
      },
      calls: [["wait"]],
    }],
    model: { ...MODEL, same: () => true },
    check: ([_, waited]) => assertEquals(waited, [2]),
  }));
});

/** The first thread is lost; its value is there or not. */
function lossy(
  dies: number,
  parts: readonly Part[],
  options: Options,
): Scene<WatchHandle, State> {
  return {
    ...withLoss(dies, scene(parts, options)),
    // The model does not know that a lost sender is gone.
    model: {
      ...MODEL,
      same: (expected, actual) => expected === actual || actual === "closed",
    },
  };
}

Deno.test("Watch: a sender lost at any step has sent all or nothing (U18)", async () => {
  await losing((dies) =>
    lossy(dies, [["sender", ["send", 0.1]], ["sender", ["add", 10]]], {
      record: "f64",
    })
  );
  await losing((dies) =>
    lossy(dies, [["sender", ["send", 0.1]], ["receiver", TRY, BORROW]], {
      record: "f64",
      preemptions: 1,
    })
  );
  await losing((dies) =>
    lossy(dies, [["sender", ONE, ["close"]], ["receiver", CHANGED]], {
      preemptions: 1,
      timeouts: 1,
      expireTimeouts: [1],
    })
  );
});

function broken(...edits: Edit[]): Promise<Module> {
  return opened({ watch_cell: edits });
}

const SENDS: readonly Call[] = [1, 2, 3, 4].map((value) => ["send", value]);

Deno.test("Watch: the checker finds a value that is read but not looked at again", async () => {
  const module = await broken([
    "if (passed < PLACES - 1) return version;",
    "return version;",
  ]);
  await refuses(
    "exception",
    programOf(
      scene([["sender", ...SENDS, ["send", 0.1]], ["receiver", BORROW]], {
        module,
        preemptions: 2,
        record: "f64",
      }),
    ),
  );
});

Deno.test("Watch: the checker finds a place that is written again too early", async () => {
  const module = await broken([
    "if (passed < PLACES - 1) return version;",
    "if (passed < PLACES) return version;",
  ]);
  await refuses(
    "exception",
    programOf(
      scene([["sender", ...SENDS.slice(0, 3), ["send", 0.1]], [
        "receiver",
        BORROW,
      ]], {
        module,
        preemptions: 2,
        record: "f64",
      }),
    ),
  );
});

Deno.test("Watch: the checker finds a version that is stored before the value", async () => {
  const module = await broken([
    "storeWords(words, this.#at(next), this.payload.stage, count);",
    "Atomics.store(words, VERSION, next); storeWords(words, this.#at(next), this.payload.stage, count);",
  ]);
  await refuses(
    "exception",
    programOf(scene([["sender", ONE], ["receiver", BORROW]], { module })),
  );
});

Deno.test("Watch: the checker finds writers that do not wait for each other", async () => {
  const module = await broken([
    "if (this.#isAtWork(writer)) giveWay(words, WRITER, writer, looks);\n      else if",
    "if",
  ]);
  await refuses(
    "exception",
    programOf(
      scene([["sender", ["add", 1]], ["sender", ["add", 10]]], { module }),
    ),
  );
});

Deno.test("Watch: the checker finds a change to a value that was replaced", async () => {
  const module = await broken([
    "if (after === undefined || after === version) {",
    "if (after !== version + 1) {",
  ]);
  await refuses(
    "exception",
    programOf(
      scene([["sender", ["add", 1]], ["sender", ["add", 10]]], { module }),
    ),
  );
});

Deno.test("Watch: the checker finds a writer that a lost one holds up", async () => {
  const module = await broken([
    "return writer !== 0 && writer !== this.#me && this.#threads.isLive(writer);",
    "return writer !== 0;",
  ]);
  await refusesLoss(
    range(4, 16),
    (dies) =>
      explored(
        programOf(lossy(dies, [["sender", ONE], ["sender", TWO]], { module })),
      ),
  );
});

Deno.test("Watch: the checker finds a sender that signals before the value", async () => {
  const module = await broken(
    ["this.news.signal();\n    return done;", "return done;"],
    [
      "this.#claim();\n    // After",
      "this.#claim(); this.news.signal();\n    // After",
    ],
  );
  await refuses(
    "deadlock",
    programOf(scene([["sender", ONE], ["receiver", CHANGED]], { module })),
  );
});

Deno.test("Watch: the checker finds a sender that looks for the end before its claim", async () => {
  const module = await broken([
    "this.#claim();\n    // After the claim: who finds the senders gone and no claim is at the end.\n    let done: Look = OVER;\n    if (!this.senders.isGone) {",
    "const isOpen = !this.senders.isGone;\n    this.#claim();\n    let done: Look = OVER;\n    if (isOpen) {",
  ]);
  await refuses(
    "exception",
    programOf(
      scene(CLOSED_MEANWHILE, { module, preemptions: 3 }),
    ),
  );
});

Deno.test("Watch: the checker finds a receiver that does not look for a claim", async () => {
  const module = await broken([
    "if (!this.#isAtWork(writer)) break;",
    "break;",
  ]);
  await refuses(
    "exception",
    programOf(
      scene(CLOSED_MEANWHILE, { module, preemptions: 3 }),
    ),
  );
});

Deno.test("Watch: the checker finds a closed sender that wakes nobody", async () => {
  const module = await closingUnheard();
  await refuses(
    "deadlock",
    programOf(
      scene([["sender", ["close"]], ["receiver", CHANGED]], { module }),
    ),
  );
});
