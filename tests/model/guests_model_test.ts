/**
 * Model tests of a runtime's commons and of counted references. Bounds: one thread
 * that closes and one or two guests, three threads that share a count; two
 * preemptions where there are three threads, else all interleavings.
 */

import { assert, assertEquals } from "@std/assert";
import { RuntimeClosedError } from "../../workers/errors.ts";
import { Commons, type CommonsHandle } from "../../workers/local/commons.ts";
import { ReferenceCount } from "../../workers/local/reference_count.ts";
import type { SharedSlice } from "../../sync/memory/memory.ts";
import { Deadline } from "../../sync/thread/timeout.ts";
import { explore, type Program, type Violation } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";

type CommonsClass = typeof Commons;

/** Guests that come and go, while the runtime closes. */
function visits(
  guests: number,
  commons: CommonsClass = Commons,
): Program<CommonsHandle> {
  return {
    setup: () => commons.allocate(1, guests).handle,
    threads: [
      async (handle) => {
        const all = new commons(handle);
        const left = await all.whenLeft(
          new Deadline(),
          () => Promise.resolve([]),
        );
        all.close();
        return left;
      },
      ...Array.from({ length: guests }, () => (handle: CommonsHandle) => {
        const all = new commons(handle);
        try {
          const guest = all.enter(all.nextGuest());
          const isClosed = all.isClosed;
          all.leave(guest);
          return isClosed ? "used what was closed" : "used";
        } catch (error) {
          if (error instanceof RuntimeClosedError) return "refused";
          throw error;
        }
      }),
    ],
    check: (_, [left, ...uses]) => {
      assertEquals(left, true);
      assert(uses.every((use) => use === "used" || use === "refused"));
    },
    timeouts: 0,
    preemptions: guests === 1 ? Infinity : 2,
  };
}

Deno.test("Commons.whenLeft() lets nobody close what a guest uses", async () => {
  for (const guests of [1, 2]) {
    const { complete } = await explore(visits(guests));
    assert(complete);
  }
});

Deno.test("Commons.whenLeft() ends when a guest is gone that did not leave", async () => {
  const { complete } = await explore<CommonsHandle>({
    setup: () => Commons.allocate(1, 1).handle,
    threads: [
      async (handle) => {
        const all = new Commons(handle);
        return await all.whenLeft(
          new Deadline(),
          (guests) => Promise.resolve(guests),
        );
      },
      (handle) => {
        const all = new Commons(handle);
        try {
          return all.enter(all.nextGuest()).id;
        } catch (error) {
          if (error instanceof RuntimeClosedError) return 0;
          throw error;
        }
      },
    ],
    check: (handle, [left]) => {
      assertEquals(left, true);
      assertEquals(new Commons(handle).guests(), []);
    },
    timeouts: 1,
    expireTimeouts: [0],
    preemptions: Infinity,
  });
  assert(complete);
});

type Mistakes = Readonly<Record<string, [Violation, ...Edit[]]>>;

const BROKEN_COMMONS: Mistakes = {
  "a guest that does not look whether all is sealed": ["exception", [
    "if (Atomics.load(this.#words, STATE) === OPEN) return guest;",
    "return guest;",
  ]],
  "a guest that looks before it is noted": ["exception", [
    "if (Atomics.compareExchange(this.#words, place, 0, id) !== 0) continue;",
    "const isOpen = Atomics.load(this.#words, STATE) === OPEN; if (Atomics.compareExchange(this.#words, place, 0, id) !== 0) continue;",
  ], [
    "if (Atomics.load(this.#words, STATE) === OPEN) return guest;",
    "if (isOpen) return guest;",
  ]],
  "no seal": ["exception", [
    "Atomics.compareExchange(this.#words, STATE, OPEN, SEALED);",
    "",
  ]],
  "a leave without a wake-up": ["deadlock", [
    "Atomics.notify(this.#words, NEWS);",
    "",
  ]],
  "a leave without news": ["deadlock", [
    "Atomics.add(this.#words, NEWS, 1);",
    "",
  ]],
  "a place found by a look": ["exception", [
    "if (Atomics.compareExchange(this.#words, place, 0, id) !== 0) continue;",
    "if (Atomics.load(this.#words, place) !== 0) continue; Atomics.store(this.#words, place, id);",
  ]],
};

for (const [name, [violation, ...edits]] of Object.entries(BROKEN_COMMONS)) {
  Deno.test(`the model finds ${name}`, async () => {
    const { Commons } = await mutant<
      typeof import("../../workers/local/commons.ts")
    >("workers/local/commons.ts", edits);
    await refuses(violation, visits(2, Commons));
  });
}

type CountClass = typeof ReferenceCount;

/** The owner, and others that clone, send and release references. */
function references(count: CountClass = ReferenceCount): Program<SharedSlice> {
  /** Attaches by a handle, as one that has no reference. */
  const attach = (memory: SharedSlice) => {
    const other = new count(memory);
    if (!other.tryAdd()) return "too late";
    const isOver = other.isOver;
    other.sub();
    return isOver ? "used what was disposed" : "used";
  };
  return {
    setup: () => count.allocate().memory,
    threads: [
      async (memory) => {
        const mine = new count(memory);
        await mine.whenUnused();
        mine.end();
        return "disposed";
      },
      (memory) => {
        const other = new count(memory);
        other.add(); //  a clone
        other.sub();
        other.sub(); //  the first one
        return "used";
      },
      attach,
    ],
    check: (_, [owner, ...others]) => {
      assertEquals(owner, "disposed");
      assert(others.every((end) => end === "used" || end === "too late"));
    },
    timeouts: 0,
    preemptions: Infinity,
  };
}

Deno.test("ReferenceCount.whenUnused() ends after the last reference, and not before (A8)", async () => {
  const { complete } = await explore(references());
  assert(complete);
});

const BROKEN_COUNT: Mistakes = {
  "a count by load and store": ["deadlock", [
    "Atomics.add(this.#words, COUNT, 1);",
    "Atomics.store(this.#words, COUNT, Atomics.load(this.#words, COUNT) + 1);",
  ]],
  "a reference to what has none": ["exception", [
    "count > 0;",
    "true;",
  ]],
  "a last release without a wake-up": ["deadlock", [
    "Atomics.notify(this.#words, COUNT);",
    "",
  ]],
  "an owner that looks once": ["exception", [
    "if (sleep.async) await sleep.value;",
    "if (sleep.async) await sleep.value; return;",
  ]],
};

for (const [name, [violation, ...edits]] of Object.entries(BROKEN_COUNT)) {
  Deno.test(`the model finds ${name}`, async () => {
    const { ReferenceCount } = await mutant<
      typeof import("../../workers/local/reference_count.ts")
    >("workers/local/reference_count.ts", edits);
    await refuses(violation, references(ReferenceCount));
  });
}
