/**
 * Model tests of selects over stores with room, alone and together with a
 * rendezvous. Bounds: two threads in all interleavings or within so many
 * `preemptions` as are given, three within one. A timeout expires only where
 * `timeouts` is given.
 */

import { assert, assertEquals } from "@std/assert";
import { allocate } from "../../sync/memory/arena.ts";
import { setReceiverArm, setSenderArm } from "../../sync/channel/arms.ts";
import { arrayFlavor } from "../../sync/channel/array_store.ts";
import { PUSHED, type Shape, type Store } from "../../sync/channel/flavor.ts";
import { recordCodec } from "../../sync/channel/record_codec.ts";
import { rendezvousFlavor } from "../../sync/channel/rendezvous.ts";
import { Selection } from "../../sync/channel/selection.ts";
import { EVENT_COUNT_SIZE, EventCount } from "../../sync/thread/event_count.ts";
import { ownKnocks } from "../../sync/thread/knocks.ts";
import type { SharedSlice } from "../../sync/memory/memory.ts";
import { recordTypeOf } from "../../sync/record/record.ts";
import {
  becomeThread,
  type CurrentThread,
  currentThread,
} from "../../sync/thread/thread.ts";
import type { ModelThread, Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { crewOf, explored } from "./program.ts";

type Module = Pick<
  typeof import("../../sync/channel/selection.ts"),
  "Selection"
>;

const NUMBER = recordTypeOf<number>("test", "i32");
const SHAPE: Shape<number> = {
  record: NUMBER,
  codec: recordCodec(NUMBER),
  capacity: 1,
  reserve: 0,
};
const MEETS = 2;

/** Two stores with room for one number, and a rendezvous. */
class Place {
  readonly stores: readonly Store<number>[];
  readonly #items: readonly EventCount[];
  readonly #room: readonly EventCount[];
  readonly #module: Module;

  constructor(slices: readonly SharedSlice[], module: Module) {
    this.#module = module;
    const part = ({ buffer, byteOffset }: SharedSlice, k: number) => ({
      buffer,
      byteOffset: byteOffset + k * EVENT_COUNT_SIZE,
    });
    this.#items = slices.map((slice) => new EventCount(part(slice, 0)));
    this.#room = slices.map((slice) => new EventCount(part(slice, 1)));
    this.stores = slices.map((slice, k) =>
      (k === MEETS ? rendezvousFlavor : arrayFlavor).attach(
        part(slice, 2),
        SHAPE,
      )
    );
  }

  push(k: number, value: number): boolean {
    const pushed = this.stores[k]!.tryPush(value) === PUSHED;
    if (pushed) this.#items[k]!.signal();
    return pushed;
  }

  pop(k: number): number | undefined {
    const value = this.stores[k]!.tryPop();
    if (value !== undefined) this.#room[k]!.signal();
    return value;
  }

  watch(): void {
    for (const events of this.#items) events.watch(ownKnocks().index);
  }

  /** A select; 0 is to receive, else what to send. */
  begin(wishes: readonly Wish[]): Selection {
    const arms = wishes.map(([k, value]) => {
      const end = {};
      const store = this.stores[k]!;
      if (value === 0) {
        const events = this.#items[k]!;
        const tryTake = () => this.pop(k);
        const check = () => {};
        setReceiverArm(end, { check, tryTake, events, due: Infinity, store });
        return end;
      }
      setSenderArm<number>(end, {
        check: () => {},
        tryGive: (value) => {
          const pushed = store.tryPush(value);
          if (pushed === PUSHED) this.#items[k]!.signal();
          return pushed;
        },
        events: this.#room[k]!,
        store,
      });
      return [end, value];
    });
    return new this.#module.Selection(arms, { biased: true });
  }
}

type Wish = readonly [store: number, send: number];
type Role = (at: Place, thread: ModelThread) => unknown;

function endOf(error: unknown): string {
  if (!(error instanceof DOMException)) throw error;
  return error.name === "TimeoutError" ? "late" : "aborted";
}

const selects =
  (wishes: readonly Wish[], timeout?: number, times = 1): Role => (at) => {
    const ends: unknown[] = [];
    for (let k = 0; k < times; k++) {
      const selection = at.begin(wishes);
      try {
        selection.run(timeout);
        ends.push(selection.value ?? "sent");
      } catch (error) {
        ends.push(endOf(error));
      }
    }
    return ends.join();
  };

const selectsAsync =
  (wishes: readonly Wish[], abortable = false): Role => async (at, thread) => {
    const selection = at.begin(wishes);
    try {
      const signal = abortable ? thread.signal() : undefined;
      await selection.runAsync(undefined, signal);
      return `${selection.value ?? "sent"}`;
    } catch (error) {
      return endOf(error);
    }
  };

const pushes =
  (...values: readonly (readonly [store: number, value: number])[]): Role =>
  (at) => values.map(([k, value]) => at.push(k, value)).join();

const pops = (k: number): Role => (at) => `${at.pop(k) ?? "nothing"}`;

const BOTH: readonly Wish[] = [[0, 0], [1, 0]];

interface Options {
  readonly module?: Module;
  readonly preemptions?: number;
  readonly timeouts?: number;
  readonly expireTimeouts?: readonly number[];
  readonly full?: boolean;
}

function scene(
  roles: readonly Role[],
  expected: readonly string[],
  options: Options = {},
): Program<readonly SharedSlice[]> & { readonly ends: Set<string> } {
  const { timeouts = 0, expireTimeouts = [], preemptions = 1 } = options;
  const { module = { Selection } } = options;
  const ends = new Set<string>();
  let crew: CurrentThread[] = [];
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(4);
      becomeThread(crew[3]!);
      const slices = [arrayFlavor, arrayFlavor, rendezvousFlavor].map((kind) =>
        allocate(2 * EVENT_COUNT_SIZE + kind.byteLength(SHAPE))
      );
      const at = new Place(slices, module);
      for (const store of at.stores) store.init();
      if (options.full) assert(at.push(0, 8) && at.push(1, 9));
      return slices;
    },
    threads: roles.map((role) => (slices, thread) =>
      role(new Place(slices, module), thread)
    ),
    check: (slices, results) => {
      becomeThread(crew[3]!);
      const at = new Place(slices, module);
      const rest = [at.pop(0) ?? "", at.pop(1) ?? ""].join("");
      const end = `${results.join(" ")} | ${rest}`;
      assert(expected.includes(end), end);
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
  expected: readonly string[],
  options: Options = {},
): Promise<void> {
  const program = scene(roles, expected, options);
  await explored(program);
  assertEquals([...program.ends].sort(), [...expected].sort());
}

Deno.test("select over two channels and two senders misses no message (U8)", async () => {
  await proves(
    [selects(BOTH, undefined, 2), pushes([0, 5]), pushes([1, 6])],
    ["5,6 true true | ", "6,5 true true | "],
  );
  await proves([selects(BOTH), pushes([1, 6], [0, 5])], [
    "6 true,true | 5",
    "5 true,true | 6",
  ], { preemptions: 2 });
});

Deno.test("select over two full channels sends where there is room (U8)", async () => {
  const wishes: Wish[] = [[0, 5], [1, 6]];
  await proves([selects(wishes), pops(1)], ["sent 9 | 86"], {
    full: true,
    preemptions: 2,
  });
  await proves([selects(wishes), pops(0), pops(1)], [
    "sent 8 9 | 5",
    "sent 8 9 | 6",
  ], { full: true });
});

Deno.test("selectAsync() over two channels misses no message (U8)", async () => {
  await proves([selectsAsync(BOTH), pushes([1, 6])], ["6 true | "], {
    preemptions: 2,
  });
  await proves([selectsAsync(BOTH), pushes([0, 5]), pushes([1, 6])], [
    "5 true true | 6",
    "6 true true | 5",
  ]);
});

Deno.test("select: a cancelled async select takes nothing from a blocking one (U8)", async () => {
  await proves([
    selectsAsync(BOTH, true),
    selects(BOTH),
    pushes([0, 5], [1, 6]),
  ], [
    "aborted 5 true,true | 6",
    "5 6 true,true | ",
    "6 5 true,true | ",
  ], { preemptions: 0 });
});

Deno.test("select({ timeout }) takes a message or is late (U8)", async () => {
  await proves([selects(BOTH, 50), pushes([1, 6])], [
    "6 true | ",
    "late true | 6",
  ], { timeouts: 1, expireTimeouts: [0], preemptions: 1 });
});

Deno.test("select: one that is lost while it waits keeps nobody from anything", async () => {
  // What it leaves behind: bits in both event counts.
  const lost: Role = (at) => {
    at.watch();
    const { threads, id } = currentThread();
    return threads.markLost(id) ? "lost" : "";
  };
  await proves([lost, selects(BOTH), pushes([1, 6])], ["lost 6 true | "]);
});

Deno.test("select over a channel and a rendezvous takes one message only (U8)", async () => {
  const wishes: Wish[] = [[0, 0], [MEETS, 0]];
  await proves([selects(wishes), pushes([0, 5]), pushes([MEETS, 7])], [
    "5 true false | ",
    "7 true true | 5",
  ]);
});

Deno.test("select: the checker finds one that looks elsewhere while it can be chosen", async () => {
  const wishes: Wish[] = [[0, 0], [MEETS, 0]];
  const module = await broken([
    "        if (this.#isChosen()) return true;\n",
    "",
  ]);
  await refuses(
    "exception",
    scene([selects(wishes), pushes([0, 5]), pushes([MEETS, 7])], [
      "5 true false | ",
      "7 true true | 5",
    ], { module, preemptions: 2 }),
  );
});

Deno.test("select: the checker finds arms that are not watched, or too late", async () => {
  await refuses(
    "deadlock",
    scene([selects(BOTH), pushes([1, 6])], ["6 true | "], {
      module: await broken(["        this.#watch();\n", ""]),
    }),
  );
  await refuses(
    "deadlock",
    scene([selects(BOTH), pushes([1, 6])], ["6 true | "], {
      module: await broken(["        this.#watch();\n", ""], [
        "        if (meetings === undefined || meetings.join()) return false;",
        "        this.#watch(); if (meetings === undefined || meetings.join()) return false;",
      ]),
    }),
  );
});

Deno.test("select: the checker finds knocks that are counted after the look", async () => {
  await refuses(
    "deadlock",
    scene([selects(BOTH), pushes([1, 6])], ["6 true | "], {
      module: await broken(["        const seen = knocks.count;\n", ""], [
        "knocks.wait(seen, ",
        "knocks.wait(knocks.count, ",
      ]),
    }),
  );
});

Deno.test("select: the checker finds one that does not look again before it is late", async () => {
  await refuses(
    "deadlock",
    scene([selects(BOTH, undefined, 2), pushes([0, 5]), pushes([1, 6])], [
      "5,6 true true | ",
      "6,5 true true | ",
    ], {
      module: await broken([
        "      for (;;) {\n        const seen = knocks.count;",
        "      this.#look(deadline, undefined); for (;;) {\n        const seen = knocks.count; if (this.#index >= 0) return;",
      ], ["        if (this.#look(deadline, undefined)) return;\n", ""]),
    }),
  );
});

async function broken(...edits: Edit[]): Promise<Module> {
  return await mutant<Module>("sync/channel/selection.ts", edits);
}
