/**
 * Model tests of `Subscribers`. Bounds: two threads in all interleavings; one of
 * them lost in front of each of its atomic operations.
 */

import { assert, assertEquals } from "@std/assert";
import {
  Subscribers,
  SUBSCRIBERS_SIZE,
} from "../../sync/channel/subscribers.ts";
import { allocate } from "../../sync/memory/arena.ts";
import type { SharedSlice } from "../../sync/memory/memory.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { mortal } from "./mortal.ts";
import { crewOf, explored, markLost } from "./program.ts";

type Module = Pick<
  typeof import("../../sync/channel/subscribers.ts"),
  "Subscribers"
>;
const ORIGINAL: Module = { Subscribers };

let crew: CurrentThread[] = [];

/** The first thread has one of two entries, or more. */
function setUp(module: Module): SharedSlice {
  crew = crewOf(3);
  const slice = allocate(SUBSCRIBERS_SIZE);
  becomeThread(crew[0]!);
  const subscribers = new module.Subscribers(slice);
  subscribers.open();
  subscribers.open();
  subscribers.close(0);
  becomeThread(crew[2]!);
  return slice;
}

/** One opens a receiver before it closes another; there always is one. */
function staying(module: Module): Program<SharedSlice> {
  return {
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => setUp(module),
    threads: [
      (slice) => {
        const subscribers = new module.Subscribers(slice);
        const entry = subscribers.open();
        subscribers.close(1);
        return entry;
      },
      (slice) => {
        const subscribers = new module.Subscribers(slice);
        return [subscribers.isDeserted, subscribers.count];
      },
    ],
    check: (slice, [entry, seen]) => {
      assertEquals(entry, 0);
      const [isDeserted, count] = seen as [boolean, number];
      assertEquals(isDeserted, false);
      assert(count === 1 || count === 2);
      assertEquals(new module.Subscribers(slice).count, 1);
    },
  };
}

Deno.test("Subscribers: a side that has a receiver is never deserted", async () => {
  await explored(staying(ORIGINAL));
});

Deno.test("Subscribers.open() gives each receiver an entry of its own", async () => {
  const open = (slice: SharedSlice) => new Subscribers(slice).open();
  await explored<SharedSlice>({
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => setUp(ORIGINAL),
    threads: [open, open],
    check: (slice, entries) => {
      assertEquals(entries.toSorted(), [0, 2]);
      assertEquals(new Subscribers(slice).count, 3);
    },
  });
});

Deno.test("Subscribers: a thread lost at any step is no receiver", async () => {
  for (let steps = 0;; steps++) {
    let lost = 0;
    await explored<SharedSlice>({
      enter: (thread) => becomeThread(crew[thread]!),
      setup: () => setUp(ORIGINAL),
      threads: [
        mortal(steps, (slice) => {
          const subscribers = new Subscribers(slice);
          subscribers.open();
          subscribers.close(1);
        }, (thread) => {
          markLost(crew[thread]!);
        }),
        (slice) => new Subscribers(slice).open(),
      ],
      check: (slice, [end, entry]) => {
        const subscribers = new Subscribers(slice);
        if (end === "lost") {
          lost++;
          assertEquals(subscribers.count, 1);
          becomeThread(crew[1]!);
          new Subscribers(slice).close(entry as number);
          becomeThread(crew[2]!);
          assert(subscribers.isDeserted);
        } else assertEquals(subscribers.count, 2);
      },
    });
    if (lost === 0) {
      assert(steps > 5);
      return;
    }
  }
});

function broken(...edits: Edit[]): Promise<Module> {
  return mutant("sync/channel/subscribers.ts", edits);
}

Deno.test("Subscribers: the checker finds a scan that is not looked at again", async () => {
  const module = await broken([
    "if (count > 0 || Atomics.load(words, OPENS) === opens) return count;",
    "return count;",
  ]);
  await refuses("exception", staying(module));
});

Deno.test("Subscribers: the checker finds an end that is counted before it is there", async () => {
  const module = await broken(
    [
      "const entry = takeEntry(words, MAX_ENDS, me);",
      "Atomics.add(words, OPENS, 2); const entry = takeEntry(words, MAX_ENDS, me);",
    ],
    [
      "if (Atomics.compareExchange(words, OPENS, 0, 3) !== 0) {\n      Atomics.add(words, OPENS, 2);\n    }",
      "",
    ],
  );
  await refuses("exception", staying(module));
});
