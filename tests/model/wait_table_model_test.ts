/**
 * Model tests of joins that wait for each other: threads ask one another for
 * something, block until they have it, and answer what they were asked when they
 * do not block. Their doorbells and the table of waits are the library's own.
 * Bounds: two preemptions unless another number is given.
 */

import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  becomeThread,
  currentThread,
  type ThreadRegistry,
} from "../../sync/thread/thread.ts";
import { Doorbell } from "../../sync/mail/doorbell.ts";
import { wordsOf } from "../../sync/memory/memory.ts";
import { Fabric, type FabricHandle } from "../../workers/fabric/fabric.ts";
import {
  ANY_WORKER,
  SOMETHING,
  WaitTable,
} from "../../workers/fabric/wait_table.ts";
import { explore, type Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";

const { threads } = currentThread();
const crew = [0, 1, 2].map(() => ({ threads, id: threads.claim() }));

interface Module {
  readonly Doorbell: typeof Doorbell;
  readonly WaitTable: typeof WaitTable;
}
const ORIGINAL: Module = { Doorbell, WaitTable };

/** A fabric for as many threads, without rings: they have words of their own. */
function fabric(slots: number): FabricHandle {
  const buffer = new SharedArrayBuffer(4096 * (slots + 2));
  const made = new Fabric({
    id: "model",
    lives: "model",
    buffer,
    slots,
    ringCapacity: 64,
  });
  for (let slot = 0; slot < slots; slot++) made.occupy(slot, crew[slot]!.id);
  return made.handle;
}

/** What a thread was asked, by whom, and who has answered it. */
const ASKED = 0;
const ANSWERED = 1;

/** A thread, as far as it asks, blocks and answers. */
class Member {
  readonly slot: number;
  readonly #module: Module;
  readonly handle: FabricHandle;
  readonly #bell: Doorbell;
  readonly #waits: WaitTable;
  readonly #words: Int32Array;

  constructor(handle: FabricHandle, slot: number, module: Module) {
    const shared = new Fabric(handle);
    this.slot = slot;
    this.#module = module;
    this.handle = handle;
    this.#bell = new module.Doorbell(shared.doorbell(slot), shared.slots);
    this.#waits = new module.WaitTable(shared);
    this.#words = wordsOf({
      buffer: handle.buffer,
      byteOffset: handle.buffer.byteLength - 4096,
    }, 64);
  }

  /** Asks another thread for something. */
  ask(other: number): void {
    this.#set(other, ASKED, this.slot);
    this.#ring(other);
  }

  /** Answers who asked. */
  answer(other: number): void {
    this.#set(other, ANSWERED, this.slot);
    this.#ring(other);
  }

  /** Blocks until another thread asks. */
  serve(other: number): void {
    while (!this.#has(this.slot, ASKED, other)) {
      this.#bell.visitMail(() => {});
      if (this.#has(this.slot, ASKED, other)) break;
      if (this.#bell.arm("blocked")) this.#bell.sleep(Infinity);
      this.#bell.disarm();
    }
    this.answer(other);
  }

  /** Blocks until another thread answers. Returns whether it did. */
  join(other: number, target: number = other): boolean {
    const former = this.#waits.enter(this.slot, target);
    try {
      for (;;) {
        this.#bell.visitMail(() => {});
        if (this.#has(this.slot, ANSWERED, other)) return true;
        if (!this.#bell.arm("blocked")) continue;
        try {
          const closer = this.#waits.closerOf(this.slot, () => WORKERS);
          if (closer === this.slot) return false;
          if (closer >= 0) this.#ring(closer);
          this.#bell.sleep(Infinity);
        } finally {
          this.#bell.disarm();
        }
      }
    } finally {
      this.#waits.leave(this.slot, former);
    }
  }

  /** As {@linkcode join}, with a look that comes too early. */
  joinHastily(other: number): boolean {
    const former = this.#waits.enter(this.slot, other);
    for (;;) {
      this.#bell.visitMail(() => {});
      if (this.#has(this.slot, ANSWERED, other)) break;
      if (this.#waits.closerOf(this.slot, () => WORKERS) === this.slot) {
        return false;
      }
      if (this.#bell.arm("blocked")) this.#bell.sleep(Infinity);
      this.#bell.disarm();
    }
    this.#waits.leave(this.slot, former);
    return true;
  }

  #ring(other: number): void {
    const shared = new Fabric(this.handle);
    const bell = new this.#module.Doorbell(
      shared.doorbell(other),
      shared.slots,
    );
    bell.ringForMail(this.slot);
  }

  #set(of: number, what: number, who: number): void {
    Atomics.store(this.#words, 16 * of + 8 * what + who, 1);
  }

  #has(of: number, what: number, who: number): boolean {
    return Atomics.load(this.#words, 16 * of + 8 * what + who) === 1;
  }
}

const WORKERS = [1, 2];

type Body = (member: Member) => unknown;

interface WaitsOptions {
  readonly module?: Module;
  readonly preemptions?: number;
  readonly check: (results: readonly unknown[]) => void;
}

function waits(
  bodies: readonly Body[],
  { module = ORIGINAL, preemptions = 2, check }: WaitsOptions,
): Program<FabricHandle> {
  return {
    setup: () => fabric(bodies.length),
    enter: (thread) => becomeThread(crew[thread]!),
    threads: bodies.map((body, slot) => (handle: FabricHandle) =>
      body(new Member(handle, slot, module))
    ),
    check: (_, results) => check(results),
    preemptions,
  };
}

async function holds<S>(program: Program<S>): Promise<void> {
  const { complete } = await explore(program);
  assert(complete);
}

/** Asks, waits for the answer, then answers. */
function asksFirst(other: number, asker: number = other): Body {
  return (member) => {
    member.ask(other);
    const done = member.join(other);
    member.serve(asker);
    return done;
  };
}

/** Answers, then asks and waits. */
function answersFirst(other: number): Body {
  return (member) => {
    member.serve(other);
    member.ask(other);
    return member.join(other);
  };
}

const oneFinds = (results: readonly unknown[]) =>
  assertEquals(results.filter((done) => done === false).length, 1);
const nobodyFinds = (results: readonly unknown[]) =>
  assertFalse(results.includes(false));

Deno.test("WaitTable.closerOf() is one of two threads that wait for each other", async () => {
  await holds(
    waits([asksFirst(1), asksFirst(0)], {
      check: oneFinds,
      preemptions: 2,
    }),
  );
});

Deno.test("WaitTable.closerOf() finds nobody for threads that answer before they wait", async () => {
  await holds(
    waits([asksFirst(1), answersFirst(0)], {
      check: nobodyFinds,
      preemptions: 2,
    }),
  );
});

Deno.test("WaitTable.closerOf() finds a cycle of three threads", async () => {
  await holds(waits([asksFirst(1, 2), asksFirst(2, 0), asksFirst(0, 1)], {
    check: oneFinds,
    preemptions: 0,
  }));
});

/** The last one frees the second one, and only then waits for the first. */
const CHAIN: readonly Body[] = [
  (member) => {
    member.ask(1);
    const done = member.join(1);
    member.serve(2);
    return done;
  },
  (member) => {
    member.ask(2);
    const done = member.join(2);
    member.serve(0);
    return done;
  },
  (member) => {
    member.serve(1);
    member.ask(0);
    return member.join(0);
  },
];

Deno.test("WaitTable.closerOf() finds nobody for a cycle that never was one at any moment", async () => {
  await holds(waits(CHAIN, { check: nobodyFinds, preemptions: 1 }));
});

Deno.test("WaitTable: the checker finds one that looks only once", async () => {
  const module = await broken([[
    "const second = this.#stuckWith(slot, workers);",
    "const second = first;",
  ]]);
  await refuses(
    "exception",
    waits(CHAIN, { module, check: nobodyFinds, preemptions: 1 }),
  );
});

Deno.test("WaitTable.closerOf() finds that all who could help wait, too", () => {
  const shared = new Fabric(fabric(3));
  const table = new WaitTable(shared);
  const bells = [0, 1, 2].map((slot) => new Doorbell(shared.doorbell(slot), 3));
  for (const bell of bells) assert(bell.arm("blocked"));
  becomeThread(crew[0]!);
  table.enter(0, ANY_WORKER);
  table.enter(1, 0);
  table.enter(2, 0);
  assertEquals(table.closerOf(0, () => WORKERS), 2);
  bells[1]!.disarm(); // it can help
  assertEquals(table.closerOf(0, () => WORKERS), -1);
});

Deno.test("WaitTable.closerOf() finds nobody while somebody waits for a while only", async () => {
  // The second one gives up by itself: nothing says so but its word.
  const patient: Body = (member) => {
    member.ask(1);
    return member.join(1);
  };
  const hurried: Body = (member) => {
    const table = new WaitTable(new Fabric(member.handle));
    const former = table.enter(member.slot, SOMETHING);
    table.leave(member.slot, former);
    member.serve(0);
    return true;
  };
  await holds(waits([patient, hurried], { check: nobodyFinds }));
});

Deno.test("WaitTable.closerOf() finds nobody for who waits for a thread that is lost", () => {
  const registry: ThreadRegistry = threads;
  const lost = registry.claim();
  const handle = fabric(2);
  const shared = new Fabric(handle);
  shared.occupy(1, lost);
  const table = new WaitTable(shared);
  const bells = [0, 1].map((slot) => new Doorbell(shared.doorbell(slot), 2));
  for (const bell of bells) assert(bell.arm("blocked"));
  table.enter(0, 1);
  table.enter(1, 0);
  becomeThread(crew[0]!);
  assertEquals(table.closerOf(0, () => [1]), 1);
  registry.markLost(lost);
  assertEquals(table.closerOf(0, () => [1]), -1);
});

Deno.test("WaitTable.enter() and leave() put back what a thread waited for before", () => {
  const table = new WaitTable(new Fabric(fabric(2)));
  assertFalse(table.blocks(0));
  const outer = table.enter(0, 1);
  const inner = table.enter(0, SOMETHING);
  table.leave(0, inner);
  assert(table.blocks(0));
  table.leave(0, outer);
  assertEquals(table.blocks(0), false);
});

async function broken(
  edits: Edit[],
  bell: Edit[] = [],
): Promise<Module> {
  const { WaitTable } = await mutant<Pick<Module, "WaitTable">>(
    "workers/fabric/wait_table.ts",
    edits,
    { "sync/mail/doorbell.ts": bell },
  );
  const { Doorbell } = await mutant<Pick<Module, "Doorbell">>(
    "sync/mail/doorbell.ts",
    bell,
  );
  return { WaitTable, Doorbell };
}

Deno.test("WaitTable: the checker finds one that takes any wait for a sleep", async () => {
  const module = await broken([[
    "if (!this.#bell(next).isBlocked) return undefined;",
    "",
  ]]);
  await refuses(
    "exception",
    waits([asksFirst(1), answersFirst(0)], { module, check: nobodyFinds }),
  );
});

Deno.test("WaitTable: the checker finds one in which all of a cycle give up", async () => {
  const module = await broken([["return lastOf(first);", "return slot;"]]);
  await refuses(
    "exception",
    waits([asksFirst(1), asksFirst(0)], { module, check: oneFinds }),
  );
});

Deno.test("WaitTable: the checker finds one that overlooks mail that was not read", async () => {
  const module = await broken([], [["=== BLOCKED && !this.rung;", ">= 0;"]]);
  await refuses(
    "exception",
    waits([asksFirst(1), answersFirst(0)], { module, check: nobodyFinds }),
  );
});

Deno.test("WaitTable: the checker finds a thread that looks before it says that it sleeps", async () => {
  // Two look, each before the other one says so, and nobody looks again.
  const hasty = (other: number): Body => (member) => {
    member.ask(other);
    return member.joinHastily(other);
  };
  await refuses(
    "deadlock",
    waits([hasty(1), hasty(0)], { check: () => {} }),
  );
});

Deno.test("WaitTable.closerOf() is none of those who only wait for a cycle", () => {
  const handle = fabric(3);
  const shared = new Fabric(handle);
  const table = new WaitTable(shared);
  const bells = [0, 1, 2].map((slot) => new Doorbell(shared.doorbell(slot), 3));
  for (const bell of bells) assert(bell.arm("blocked"));
  becomeThread(crew[0]!);
  table.enter(1, 2);
  table.enter(2, 1);
  table.enter(0, 1); // the last one, and no part of it
  assertEquals([0, 1, 2].map((slot) => table.closerOf(slot, () => WORKERS)), [
    2,
    2,
    2,
  ]);
});
