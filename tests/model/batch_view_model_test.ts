/**
 * Model tests of `BatchView`. Bounds: a consumer that lends a batch, a thread that
 * reads it and one that pushes, in all interleavings. 64 places, all of them taken by
 * the batch that is lent, or none.
 */

import { assertEquals } from "@std/assert";
import type { BatchesHandle } from "../../sync/batch/batch_memory.ts";
import { BatchView } from "../../sync/batch/batch_view.ts";
import type { BatchViewHandle } from "../../sync/batch/batch_view_handle.ts";
import { frames, type Kind, numbers } from "./batch_kinds.ts";
import { enter, ModelRing, numberOf, ringAt } from "./batch_program.ts";
import type { Program } from "./explorer.ts";
import { mutant } from "./explorer/mutant.ts";
import { refuses, type Words, words } from "./futex_mutex.ts";
import { type Ending, endsInSeveralWays, explored } from "./program.ts";

type Module = Pick<
  typeof import("../../sync/batch/batch_view.ts"),
  "BatchView"
>;
const KINDS = [numbers("f64"), frames()] as Kind[];

/** A ring, and words by which threads tell each other what they have done. */
interface Shared {
  readonly handle: BatchesHandle;
  readonly told: Words;
}
const LENT = 0;
const READ = 1;
const WRITTEN = 2;

function tell(told: Words, what: number): void {
  Atomics.store(told, what, 1);
  Atomics.notify(told, what);
}

function hear(told: Words, what: number): void {
  Atomics.wait(told, what, 0);
}

/** The batch of so many records from the start of the ring. */
function handleOf(
  { handle }: Shared,
  length: number,
): BatchViewHandle<unknown> {
  return { ...handle, kind: "BatchView", start: 0, length } as BatchViewHandle<
    unknown
  >;
}

/**
 * A batch that takes all places is lent, and read; a third thread writes to its places
 * once it was freed.
 *
 * @param waits Whether it is freed when it was read.
 */
function lending(kind: Kind, waits: boolean): Program<Shared> {
  return {
    enter,
    setup: () => ({
      handle: ringAt({ kind, taken: kind.places }),
      told: words(3)(),
    }),
    threads: [
      ({ handle, told }) => {
        using consumer = new ModelRing(handle, { kind }).consumer();
        const batch = consumer.unfinished[0]!;
        assertEquals(batch.handle.length, kind.places);
        tell(told, LENT);
        if (waits) hear(told, READ);
        batch.free();
      },
      (shared) => {
        hear(shared.told, LENT);
        const view = BatchView.from(handleOf(shared, kind.places));
        const first = kind.numberOf(view.at(0));
        assertEquals([first, view.isFreed], [0, false]);
        tell(shared.told, READ);
      },
      ({ handle }, { index }) =>
        new ModelRing(handle, { kind }).push(numberOf(index, 0)),
    ],
    timeouts: 0,
  };
}

Deno.test("BatchView: a batch that is lent is read where it lies, until it is freed", async () => {
  for (const kind of KINDS) await explored(lending(kind, true));
});

Deno.test("BatchView: the checker finds an owner that does not wait for who reads", async () => {
  for (const kind of KINDS) await refuses("exception", lending(kind, false));
});

/** The owner frees too early; a third thread has written there when it is attached to. */
function misused(module: Module): Program<Shared> {
  const kind = numbers("i32") as Kind;
  return {
    enter,
    setup: () => ({ handle: ringAt({ taken: 64 }), told: words(3)() }),
    threads: [
      ({ handle }) => {
        using consumer = new ModelRing(handle, { kind }).consumer();
        consumer.unfinished[0]!.free();
      },
      (shared) => {
        hear(shared.told, WRITTEN);
        try {
          module.BatchView.from(handleOf(shared, 64));
          return "attached";
        } catch (error) {
          if (error instanceof TypeError) return "refused";
          throw error;
        }
      },
      ({ handle, told }, { index }) => {
        new ModelRing(handle, { kind }).push(numberOf(index, 0));
        tell(told, WRITTEN);
      },
    ],
    check: (_, [, end]) => assertEquals(end, "refused"),
    timeouts: 0,
  };
}

Deno.test("BatchView.from() refuses a batch whose places others may have written to", () =>
  explored(misused({ BatchView })));

Deno.test("BatchView: the checker finds a view that does not look at the head", async () => {
  const module = await mutant<Module>("sync/batch/batch_view.ts", [[
    "if (((bound - start) | 0) >= length && !this.isFreed) return;",
    "if (((bound - start) | 0) >= length) return;",
  ]]);
  await refuses("exception", misused(module));
});

/** A batch is attached to by somebody whom nobody told that it was bounded. */
function guessing(module: Module): Ending<Shared> {
  const kind = numbers("i32") as Kind;
  const ends = new Set<string>();
  return {
    ends,
    enter,
    setup: () => ({ handle: ringAt({}), told: words(1)() }),
    threads: [
      ({ handle }, { index }) => {
        new ModelRing(handle, { kind }).push(numberOf(index, 0));
      },
      ({ handle }) => {
        using consumer = new ModelRing(handle, { kind }).consumer();
        return consumer.bound()?.length ?? 0;
      },
      (shared) => {
        try {
          return module.BatchView.from(handleOf(shared, 1)).at(0);
        } catch (error) {
          if (error instanceof TypeError) return "refused";
          throw error;
        }
      },
    ],
    check: (_, [, length, end]) => {
      if (end !== "refused") assertEquals([length, end], [1, 10]);
      ends.add(String(end));
    },
    timeouts: 0,
  };
}

Deno.test("BatchView.from() sees all of a batch that is bounded, and refuses one that is not", () =>
  endsInSeveralWays(guessing({ BatchView })));

Deno.test("BatchView: the checker finds a view that does not look at the bound", async () => {
  const module = await mutant<Module>("sync/batch/batch_view.ts", [[
    "if (((bound - start) | 0) >= length && !this.isFreed) return;",
    "if (!this.isFreed) return;",
  ]]);
  await refuses("data race", guessing(module));
});
