/**
 * Model tests of the rendezvous store, and of selects over it. Bounds: two threads
 * in all interleavings or within so many `preemptions` as are given, three within
 * one or two. Timeouts expire as often as `timeouts` says.
 */

import { assert, assertEquals } from "@std/assert";
import { allocate } from "../../sync/memory/arena.ts";
import {
  CLOSED,
  FULL,
  type Meeting,
  PUSHED,
  type Shape,
  type Store,
} from "../../sync/channel/flavor.ts";
import { recordCodec } from "../../sync/channel/record_codec.ts";
import { NOBODY, RECEIVERS } from "../../sync/channel/meeting_table.ts";
import {
  type Rendezvous,
  rendezvousFlavor,
} from "../../sync/channel/rendezvous.ts";
import { BLOCKING, isWaiting, ownTickets } from "../../sync/channel/tickets.ts";
import { setReceiverArm, setSenderArm } from "../../sync/channel/arms.ts";
import { EVENT_COUNT_SIZE, EventCount } from "../../sync/thread/event_count.ts";
import { LINE, type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";
import { recordTypeOf } from "../../sync/record/record.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { ModelThread, Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { crewOf, explored } from "./program.ts";

type Flavors = Pick<
  typeof import("../../sync/channel/rendezvous.ts"),
  "rendezvousFlavor"
>;
type Selects = Pick<
  typeof import("../../sync/channel/selection.ts"),
  "Selection"
>;
const { Selection } = await import("../../sync/channel/selection.ts");

const NUMBER = recordTypeOf<number>("test", "i32");
const NUMBERS: Shape<number> = {
  record: NUMBER,
  codec: recordCodec(NUMBER),
  capacity: 0,
  reserve: 0,
};

interface Modules {
  readonly flavor?: Flavors;
  readonly select?: Selects;
}

/** Some rendezvous, as a thread sees them. */
class Place {
  readonly stores: readonly (Store<number> & Meeting<number>)[];
  /** Word 0: whether the channel is closed. */
  readonly words: Int32Array;
  readonly #counts: readonly EventCount[];
  readonly #select: Selects;

  constructor(
    [first, ...slices]: readonly SharedSlice[],
    modules: Modules,
  ) {
    this.words = wordsOf(first!, 1);
    const { rendezvousFlavor: flavor } = modules.flavor ??
      { rendezvousFlavor };
    this.stores = slices.map((slice) => {
      const { buffer, byteOffset } = slice;
      return flavor.attach(
        { buffer, byteOffset: byteOffset + EVENT_COUNT_SIZE },
        NUMBERS,
      ) as Store<number> & Meeting<number>;
    });
    this.#counts = slices.map((slice) => new EventCount(slice));
    this.#select = modules.select ?? { Selection };
  }

  /** Positive: sends so much; else receives. The index is that of the store. */
  arms(...wishes: readonly Wish[]) {
    return wishes.map(([k, value]) => {
      const store = this.stores[k]!;
      const events = this.#counts[k]!;
      const end = {};
      if (value === 0) {
        setReceiverArm(end, {
          check: () => {},
          tryTake: () => store.tryPop(),
          events,
          due: Infinity,
          store,
        });
        return end;
      }
      setSenderArm(end, {
        check: () => {},
        tryGive: (value: number) => store.tryPush(value),
        events,
        store,
      });
      return [end, value];
    });
  }

  select(
    wishes: readonly Wish[],
    timeout?: number,
  ): unknown {
    const selection = new this.#select.Selection(this.arms(...wishes), {
      biased: true,
    });
    try {
      selection.run(timeout);
    } catch (error) {
      return endOf(error);
    }
    return [selection.key, selection.value ?? "sent"];
  }

  async selectAsync(
    wishes: readonly Wish[],
    signal?: AbortSignal,
  ): Promise<unknown> {
    const selection = new this.#select.Selection(this.arms(...wishes), {
      biased: true,
    });
    try {
      await selection.runAsync(undefined, signal);
    } catch (error) {
      return endOf(error);
    }
    return [selection.key, selection.value ?? "sent"];
  }
}

function endOf(error: unknown): string {
  if (!(error instanceof DOMException)) throw error;
  return error.name === "TimeoutError" ? "late" : "aborted";
}

type Role = (at: Place, thread: ModelThread) => unknown;

/** Until the channel is closed. */
function until(
  { words }: Place,
  timeout?: number,
): { action: string; isOver: () => boolean; timeout: number | undefined } {
  const isOver = () => Atomics.load(words, 0) === 1;
  return { action: "meet", isOver, timeout };
}

const pushes = (value: number, timeout?: number): Role => (at) => {
  try {
    const pushed = at.stores[0]!.push(value, until(at, timeout));
    return pushed === PUSHED ? true : "closed";
  } catch (error) {
    return endOf(error);
  }
};

const pops = (timeout?: number, times = 1): Role => (at) => {
  const values: unknown[] = [];
  for (let k = 0; k < times; k++) {
    try {
      values.push(at.stores[0]!.pop(until(at, timeout)) ?? "closed");
    } catch (error) {
      values.push(endOf(error));
    }
  }
  return times === 1 ? values[0] : values;
};

const pushesAsync =
  (value: number, abortable = false): Role => async (at, thread) => {
    const signal = abortable ? signalOf(thread) : undefined;
    const options = { ...until(at), signal };
    try {
      return await at.stores[0]!.pushAsync(value, options) === PUSHED;
    } catch (error) {
      return endOf(error);
    }
  };

const popsAsync = (abortable = false): Role => async (at, thread) => {
  const signal = abortable ? signalOf(thread) : undefined;
  try {
    const options = { ...until(at), signal };
    return await at.stores[0]!.popAsync(options) ?? "closed";
  } catch (error) {
    return endOf(error);
  }
};

/** Aborted at any moment, but at last when nobody else is left. */
function signalOf(thread: ModelThread): AbortSignal {
  return AbortSignal.any([thread.signal(), thread.signal("stop")]);
}

/** Does something, and then lets nobody wait any more. */
const last = (role: Role): Role => (at, thread) => {
  const end = role(at, thread);
  thread.abort("stop");
  return end;
};

const pushesAndCloses: Role = (at, thread) => {
  const pushed = pushes(7)(at, thread);
  Atomics.store(at.words, 0, 1);
  at.stores[0]!.seal();
  at.stores[0]!.wakeAll();
  return pushed;
};

const triesToPush = (value: number): Role => ({ stores: [store] }) =>
  store!.tryPush(value) === PUSHED;

const triesToPop: Role = ({ stores: [store] }) => store!.tryPop() ?? "nobody";

/** In which store; 0 to receive, or what to send. */
type Wish = readonly [store: number, send: number];

const selects = (...wishes: readonly Wish[]): Role => (at) => at.select(wishes);

const selectsAsync = (...wishes: readonly Wish[]): Role => async (at) =>
  await at.selectAsync(wishes);

interface Options extends Modules {
  readonly stores?: number;
  readonly preemptions?: number;
  readonly timeouts?: number;
  readonly expireTimeouts?: readonly number[];
  /** What is wrong with an end; by default it must be among the expected ones. */
  readonly expected: readonly unknown[];
}

function scene(
  roles: readonly Role[],
  options: Options,
): Program<readonly SharedSlice[]> & {
  readonly ends: Set<string>;
  readonly crew: readonly CurrentThread[];
} {
  const { stores = 1, timeouts = 0, expireTimeouts = [] } = options;
  const { preemptions = Infinity } = options;
  const allowed = options.expected.map((end) => JSON.stringify(end));
  const ends = new Set<string>();
  let crew: CurrentThread[] = [];
  return {
    ends,
    get crew() {
      return crew;
    },
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(4);
      const size = EVENT_COUNT_SIZE + rendezvousFlavor.byteLength(NUMBERS);
      return [
        allocate(LINE),
        ...Array.from({ length: stores }, () => allocate(size)),
      ];
    },
    threads: roles.map((role) => (slices, thread) =>
      role(new Place(slices, options), thread)
    ),
    check: (_, results) => {
      const end = JSON.stringify(results);
      assert(allowed.includes(end), end);
      ends.add(end);
    },
    timeouts,
    expireTimeouts,
    preemptions,
    maxSteps: 3000,
  };
}

async function proves(
  roles: readonly Role[],
  options: Options,
): Promise<void> {
  const program = scene(roles, options);
  await explored(program);
  assertEquals(
    [...program.ends].sort(),
    options.expected.map((end) => JSON.stringify(end)).sort(),
  );
}

Deno.test("Rendezvous: a push and a pop meet, whoever comes first (U7)", async () => {
  await proves([pushes(7), pops()], { expected: [[true, 7]], preemptions: 2 });
  await proves([pushesAsync(7), pops()], {
    expected: [[true, 7]],
    preemptions: 2,
  });
  await proves([pushes(7), popsAsync()], {
    expected: [[true, 7]],
    preemptions: 2,
  });
});

Deno.test("Rendezvous.tryPush() succeeds only if a receiver waits, tryPop() if a sender does (U7)", async () => {
  await proves([triesToPush(7), triesToPop], {
    expected: [[false, "nobody"]],
  });
  await proves([triesToPush(7), pops(50)], {
    expected: [[true, 7], [false, "late"]],
    timeouts: 1,
    expireTimeouts: [1],
    preemptions: 2,
  });
  await proves([pushes(7, 50), triesToPop], {
    expected: [[true, 7], ["late", "nobody"]],
    timeouts: 1,
    expireTimeouts: [0],
    preemptions: 2,
  });
});

Deno.test("Rendezvous: who gives up has sent nothing, or succeeds (U7)", async () => {
  await proves([pushes(7, 50), pops(50)], {
    expected: [[true, 7], ["late", "late"]],
    timeouts: 1,
    expireTimeouts: [0, 1],
    preemptions: 1,
  });
  await proves([pushesAsync(7, true), last(pops(50))], {
    expected: [[true, 7], ["aborted", "late"]],
    timeouts: 1,
    expireTimeouts: [1],
    preemptions: 0,
  });
  await proves([last(pushes(7, 50)), popsAsync(true)], {
    expected: [[true, 7], ["late", "aborted"]],
    timeouts: 1,
    expireTimeouts: [0],
    preemptions: 0,
  });
});

Deno.test("Rendezvous: two senders and a receiver; each message goes over once", async () => {
  await proves([pushes(1), pushes(2), pops(undefined, 2)], {
    expected: [[true, true, [1, 2]], [true, true, [2, 1]]],
    preemptions: 1,
  });
});

Deno.test("Rendezvous: a cancelled async receiver takes no message from another one", async () => {
  await proves([popsAsync(true), pops(), pushesAndCloses], {
    expected: [
      ["aborted", 7, true],
      ["closed", 7, true],
      [7, "closed", true],
    ],
    preemptions: 0,
  });
});

Deno.test("Rendezvous.seal() ends waits, and nobody meets after it", async () => {
  const closes: Role = ({ stores: [store], words }) => {
    Atomics.store(words, 0, 1);
    store!.seal();
    store!.wakeAll();
    return store!.tryPush(9) === CLOSED && store!.tryPop() === undefined;
  };
  await proves([pops(), closes], {
    expected: [["closed", true]],
    preemptions: 2,
  });
  await proves([pushes(7), closes], {
    expected: [["closed", true]],
    preemptions: 2,
  });
  await proves([pushes(7), pops(), closes], {
    expected: [["closed", "closed", true], [true, 7, true]],
    preemptions: 1,
  });
});

Deno.test("select: two that face each other in opposite orders meet in one arm (U8)", async () => {
  await proves([selects([0, 1], [1, 0]), selects([1, 2], [0, 0])], {
    stores: 2,
    expected: [[[0, "sent"], [1, 1]], [[1, 2], [0, "sent"]]],
    preemptions: 1,
  });
});

Deno.test("select does not meet itself", async () => {
  await proves([selects([0, 1], [0, 0]), pops()], {
    expected: [[[0, "sent"], 1]],
    preemptions: 1,
  });
  await proves([selects([0, 1], [0, 0]), selects([0, 2], [0, 0])], {
    expected: [[[0, "sent"], [1, 1]], [[1, 2], [0, "sent"]]],
    preemptions: 1,
  });
});

Deno.test("select: an async one and a blocking one meet", async () => {
  await proves([selects([0, 1], [1, 0]), selectsAsync([1, 2], [0, 0])], {
    stores: 2,
    expected: [[[0, "sent"], [1, 1]], [[1, 2], [0, "sent"]]],
    preemptions: 1,
  });
});

const CHOICE_OF_ONE: Options = {
  stores: 2,
  expected: [
    [[0, 7], true, false],
    [[1, 8], false, true],
    ["late", false, false],
  ],
  timeouts: 1,
  expireTimeouts: [0],
  preemptions: 1,
};

Deno.test("select: a receiver of two rendezvous takes from one of two senders only (U8)", async () => {
  const gives = (store: number): Role => (at) =>
    at.stores[store]!.tryPush(7 + store) === PUSHED;
  const takes: Role = (at) => at.select([[0, 0], [1, 0]], 50);
  await proves([takes, gives(0), gives(1)], CHOICE_OF_ONE);
});

Deno.test("select: three in a ring, two of them meet and the third one waits on", async () => {
  const ring = (k: number): Role => (at) =>
    at.select([[k, k + 1], [(k + 2) % 3, 0]], 50);
  await proves([ring(0), ring(1), ring(2)], {
    stores: 3,
    expected: [
      [[0, "sent"], [1, 1], "late"],
      ["late", [0, "sent"], [1, 2]],
      [[1, 3], "late", [0, "sent"]],
    ],
    timeouts: 1,
    expireTimeouts: [0, 1, 2],
    preemptions: 0,
  });
});

/** Mistakes in the modules of a rendezvous, by their names. */
interface Mistakes {
  readonly tickets?: readonly Edit[];
  readonly table?: readonly Edit[];
  readonly point?: readonly Edit[];
  readonly rendezvous?: readonly Edit[];
  readonly arms?: readonly Edit[];
  readonly selection?: readonly Edit[];
}

async function broken(mistakes: Mistakes): Promise<Modules> {
  const { selection = [], tickets = [], table = [], point = [] } = mistakes;
  const { rendezvous = [], arms = [] } = mistakes;
  const both = "/** One call of `select`, of one thread or task. */";
  const module = await mutant<Selects & Flavors>(
    "sync/channel/selection.ts",
    [
      [both, `export { rendezvousFlavor } from "./rendezvous.ts";\n${both}`],
      ...selection,
    ],
    {
      "sync/channel/tickets.ts": tickets,
      "sync/channel/meeting_table.ts": table,
      "sync/channel/meeting_point.ts": point,
      "sync/channel/rendezvous.ts": rendezvous,
      "sync/channel/meeting_arms.ts": arms,
    },
  );
  return { flavor: module, select: module };
}

const MEET: Options = { expected: [[true, 7]], preemptions: 2 };
const FACE: Options = {
  stores: 2,
  expected: [[[0, "sent"], [1, 1]], [[1, 2], [0, "sent"]]],
  preemptions: 2,
};
const FACING = [selects([0, 1], [1, 0]), selects([1, 2], [0, 0])];

Deno.test("Rendezvous: the checker finds who stands in the table without a look", async () => {
  const modules = await broken({
    point: [[
      "      if (table.find(1 - side as Side) !== NOBODY) return FOUND;\n",
      "",
    ]],
  });
  await refuses(
    "deadlock",
    scene([pushes(7), pops()], { ...MEET, ...modules }),
  );
});

Deno.test("Rendezvous: the checker finds a meeting of which nobody is told", async () => {
  const modules = await broken({
    point: [[
      "    if (this.#met !== NOBODY) this.#knocks.tell(this.#met);\n",
      "",
    ]],
  });
  await refuses(
    "deadlock",
    scene([pushes(7), pops()], { ...MEET, ...modules }),
  );
});

Deno.test("Rendezvous: the checker finds a knock before the meeting", async () => {
  const modules = await broken({
    point: [[
      "    if (this.#met !== NOBODY) this.#knocks.tell(this.#met);\n",
      "",
    ]],
    table: [[
      "const chosen = chosenIn(waiting, this.words[at + ARM]!);",
      "const chosen = chosenIn(waiting, this.words[at + ARM]!); this.#knocks.tell(indexOf(owner));",
    ]],
  });
  await refuses(
    "deadlock",
    scene([pushes(7), pops()], { ...MEET, ...modules }),
  );
});

Deno.test("Rendezvous: the checker finds a message that comes after its meeting", async () => {
  const modules = await broken({
    point: [
      ["        if (!table.copyIn(at, message)) return CROWDED;\n", ""],
      [
        "if (this.#met !== NOBODY) return 0;",
        "if (this.#met !== NOBODY) { table.copyIn(at, message); return 0; }",
      ],
    ],
  });
  await refuses(
    "data race",
    scene([pushes(7, 50), pops(50)], {
      expected: [[true, 7], ["late", "late"]],
      ...modules,
      preemptions: 1,
      timeouts: 1,
      expireTimeouts: [0, 1],
    }),
  );
});

Deno.test("Rendezvous: the checker finds a message that is read after the entry was left", async () => {
  const modules = await broken({
    rendezvous: [[
      "    this.#point.readAt(entry, room);\n    this.#point.withdraw(entry);\n",
      "    this.#point.withdraw(entry);\n    this.#point.readAt(entry, room);\n",
    ]],
  });
  await refuses(
    "data race",
    scene([pops(), pops(), pushesAndCloses], {
      ...modules,
      expected: [[7, "closed", true], ["closed", 7, true]],
      preemptions: 1,
    }),
  );
});

Deno.test("Rendezvous: the checker finds a wait that is given up by a store", async () => {
  const modules = await broken({
    tickets: [[
      `  const seen = Atomics.compareExchange(
    words,
    at,
    waiting,
    (waiting & -SEQUENCE) | IDLE,
  );`,
      `  const seen = Atomics.load(words, at);
  if (seen === waiting) {
    Atomics.store(words, at, (waiting & -SEQUENCE) | IDLE);
  }`,
    ]],
  });
  await refuses(
    "exception",
    scene([triesToPush(7), pops(50)], {
      ...modules,
      expected: [[true, 7], [false, "late"]],
      timeouts: 1,
      expireTimeouts: [1],
      preemptions: 2,
    }),
  );
});

Deno.test("Rendezvous: the checker finds two who choose the same by load and store", async () => {
  const modules = await broken({
    table: [[
      `Atomics.compareExchange(
        this.#knocks.records,
        recordAt(owner, place),
        waiting,
        chosen,
      );`,
      `Atomics.load(this.#knocks.records, recordAt(owner, place));
    if (place !== 0 && seen === waiting) {
      Atomics.store(this.#knocks.records, recordAt(owner, place), chosen);
    }`,
    ]],
  });
  const gives = (store: number): Role => (at) =>
    at.stores[store]!.tryPush(7 + store) === PUSHED;
  const takes: Role = (at) => at.select([[0, 0], [1, 0]], 50);
  await refuses(
    "exception",
    scene([takes, gives(0), gives(1)], { ...CHOICE_OF_ONE, ...modules }),
  );
});

Deno.test("Rendezvous: the checker finds a lock that is not taken", async () => {
  const modules = await broken({
    point: [
      ["    this.#lock.lock(EVEN_IF_POISONED);\n", ""],
      ["    this.#lock.unlock();\n", ""],
    ],
  });
  await refuses(
    "deadlock",
    scene([pushes(7), pops()], { ...MEET, ...modules }),
  );
});

Deno.test("select: the checker finds who stands in the tables without a look", async () => {
  const modules = await broken({
    point: [[
      "      if (this.#isFound(1 - side as Side, candidate.place, lower)) return FOUND;\n",
      "",
    ]],
  });
  await refuses("deadlock", scene(FACING, { ...FACE, ...modules }));
});

Deno.test("select: the checker finds one that waits for another one and does not tell it", async () => {
  const modules = await broken({
    point: [[
      "    for (const index of lower) this.#knocks.tell(index);\n",
      "",
    ]],
  });
  await refuses("deadlock", scene(FACING, { ...FACE, ...modules }));
});

Deno.test("select: the checker finds that each waits for the other one", async () => {
  const modules = await broken({
    point: [[
      "if (theirs === 0 || index * RECORD_WORDS + theirs > own) return true;",
      "if (theirs === 0) return true; if (theirs < 0) return own < 0;",
    ], [
      "    for (const index of lower) this.#knocks.tell(index);\n",
      "",
    ]],
  });
  await refuses("deadlock", scene(FACING, { ...FACE, ...modules }));
});

Deno.test("select: the checker finds one that meets itself", async () => {
  const modules = await broken({
    table: [[
      "    return place !== 0 &&\n",
      "    return place < 0 &&\n",
    ]],
  });
  await refuses(
    "livelock",
    scene([selects([0, 1], [0, 0]), pops()], {
      ...modules,
      expected: [[[0, "sent"], 1]],
      preemptions: 2,
    }),
  );
});

Deno.test("select: the checker finds one that looks while it can be chosen", async () => {
  const modules = await broken({
    selection: [[
      "        if (this.#isChosen()) return true;\n",
      "",
    ]],
  });
  await refuses("deadlock", scene(FACING, { ...FACE, ...modules }));
});

/**
 * The second one gives up while the third one has found it in the table. The first
 * one has index 0, and a ticket of the same number that waits.
 */
const BYSTANDER: Options = {
  expected: [["waits", [0, 7], true], ["waits", "late", false]],
  timeouts: 1,
  expireTimeouts: [1],
  preemptions: 2,
};
const BYSTANDING: readonly Role[] = [
  () => isWaiting(ownTickets().wait(BLOCKING)) ? "waits" : "",
  (at) => at.select([[0, 0]], 50),
  triesToPush(7),
];

Deno.test("select: one that has left the table is not chosen, nor anybody in its place (U8)", async () => {
  await proves(BYSTANDING, BYSTANDER);
});

Deno.test("select: the checker finds that one is chosen who has left the table", async () => {
  const modules = await broken({
    table: [[
      "    if (owner === 0) return NOBODY;\n    const place",
      "    const place",
    ]],
  });
  await refuses("exception", scene(BYSTANDING, { ...BYSTANDER, ...modules }));
});

/** Thrown where a thread is lost. */
class Lost extends Error {
  override name = "Lost";
}

const DIES = "if (globalThis.dies?.()) throw globalThis.dies.lost;";
const DEAD_SAYS = "if (globalThis.dies?.isDead) return";
const DEAD = `${DEAD_SAYS};`;

/** What a thread that is lost does not do any more, though `finally` says so. */
const NO_MORE: Mistakes = {
  point: [
    ["  #leave(): void {\n", `  #leave(): void {\n${DEAD}\n`],
    [
      "  withdraw(entry: number): void {\n",
      `  withdraw(entry: number): void {\n${DEAD}\n`,
    ],
    [
      "  cancel(entry: number, ticket: number): boolean {\n",
      `  cancel(entry: number, ticket: number): boolean {\n${DEAD_SAYS} true;\n`,
    ],
  ],
  tickets: [
    [
      "  cancel(ticket: number, waiting: number): number {\n",
      `  cancel(ticket: number, waiting: number): number {\n${DEAD_SAYS} -1;\n`,
    ],
  ],
};

/**
 * The first thread is lost at a place in its call. The second one gives up at
 * some time; then others must meet as if nothing were.
 */
async function losing(
  where: keyof Mistakes,
  [from, to]: Edit,
  roles: readonly [Role, Role],
  expected: readonly unknown[],
): Promise<Set<string>> {
  const edit: Edit = [from, to.replaceAll("DIES", DIES)];
  const { [where]: guards = [] } = NO_MORE;
  const modules = await broken({ ...NO_MORE, [where]: [edit, ...guards] });
  let current = -1;
  const state = { isDead: false, lost: new Lost() };
  const scope = globalThis as { dies?: unknown };
  scope.dies = Object.defineProperty(
    Object.assign(() => current === 0 && (state.isDead = true), {
      lost: state.lost,
    }),
    "isDead",
    { get: () => state.isDead },
  );
  const [dying, other] = roles;
  const dies: Role = (at, thread) => {
    const { threads, id } = program.crew[0]!;
    try {
      return dying(at, thread);
    } catch (error) {
      if (error !== state.lost) throw error;
      threads.markLost(id);
      return "lost";
    }
  };
  const program = scene([dies, other], {
    ...modules,
    stores: 2,
    expected,
    timeouts: 3,
    expireTimeouts: [0, 1],
    preemptions: 0,
  });
  try {
    await explored({
      ...program,
      setup: () => {
        current = -1;
        state.isDead = false;
        return program.setup();
      },
      enter: (thread) => {
        current = thread;
        state.isDead = false;
        program.enter!(thread);
      },
      check: (slices, results, history) => {
        current = -1;
        state.isDead = false;
        program.check!(slices, results, history);
        becomeThread(program.crew[2]!);
        for (const store of new Place(slices, {}).stores) {
          assertEquals(store.tryPop(), undefined);
          assertEquals(store.tryPush(1), FULL);
          const place = 1;
          const waiting = ownTickets().wait(place);
          const rendezvous = store as unknown as Rendezvous<number>;
          const candidate = { place, waiting, arm: 0 };
          const entry = rendezvous.join(
            RECEIVERS,
            NOBODY,
            candidate,
            undefined,
          );
          assert(entry >= 0);
          assertEquals(store.tryPush(2), PUSHED);
          assertEquals(rendezvous.collect(entry), 2);
        }
      },
    });
  } finally {
    delete scope.dies;
  }
  return program.ends;
}

/** Steps of a call: in which module, what stands there, and where it ends. */
const STEPS: readonly (readonly [
  keyof Mistakes,
  string,
  string,
])[] = [
  ["point", "this.#lock.lock(EVEN_IF_POISONED);", "$ DIES"],
  [
    "point",
    "if (this.#met !== NOBODY) this.#knocks.tell(this.#met);",
    "DIES $",
  ],
  ["table", "let offset = 4 * (at + MESSAGE);", "DIES $"],
  ["table", "    this.words[at + SIZE] = length;", "$ DIES"],
  ["point", "if (this.#met !== NOBODY) return 0;", "DIES $"],
  ["point", "if (this.#met !== NOBODY) return length;", "DIES $"],
  ["table", "const chosen = chosenIn(waiting", "DIES $"],
  ["point", "      table.own(at);\n", "DIES\n$"],
  ["rendezvous", "knocks.wait(seen, wait.deadline.slice(SLICE));", "DIES $"],
  ["rendezvous", "const room = this.#wire.room(length);", "DIES $"],
];

Deno.test("Rendezvous: a thread lost at any step blocks nobody, and leaves all or nothing", async () => {
  for (const [where, from, to] of STEPS) {
    const edit: Edit = [from, to.replace("$", () => from)];
    const ends = [
      ...await losing(where, edit, [pushes(7, 50), pops(50)], [
        ["lost", "late"],
        ["lost", 7],
        ["late", "late"],
        [true, 7],
      ]),
      ...await losing(where, edit, [pops(50), pushes(7, 50)], [
        ["lost", "late"],
        ["lost", true],
        ["late", "late"],
        [7, true],
      ]),
    ];
    assert(ends.some((end) => end.includes("lost")), from);
  }
});

Deno.test("select: a thread lost at any step blocks nobody", async () => {
  // One gives if it can, one takes, so that both steps are reached.
  const gives: Role = (at) => at.select([[0, 1], [1, 0]], 50);
  const takes: Role = (at) => at.select([[1, 0], [0, 1]], 50);
  const other: Role = (at) => at.select([[1, 2], [0, 0]], 50);
  const steps = [
    ...STEPS.filter(([where, from]) =>
      (where === "point" || where === "table") && !from.includes("own(at)")
    ),
    [
      "point",
      "    for (const index of lower) this.#knocks.tell(index);\n",
      "DIES\n$",
    ],
    ["selection", "knocks.wait(seen, this.#longest(deadline));", "DIES $"],
    ["arms", "const { entry } = arm;", "DIES $"],
  ] as typeof STEPS;
  for (const [where, from, to] of steps) {
    const edit: Edit = [from, to.replace("$", () => from)];
    const ends = [
      ...await losing(where, edit, [gives, other], [
        ["lost", "late"],
        ["lost", [0, "sent"]],
        ["lost", [1, 1]],
        ["late", "late"],
        [[0, "sent"], [1, 1]],
        [[1, 2], [0, "sent"]],
      ]),
      ...await losing(where, edit, [takes, other], [
        ["lost", "late"],
        ["lost", [0, "sent"]],
        ["lost", [1, 1]],
        ["late", "late"],
        [[1, "sent"], [1, 1]],
        [[0, 2], [0, "sent"]],
      ]),
    ];
    assert(ends.some((end) => end.includes("lost")), from);
  }
});
