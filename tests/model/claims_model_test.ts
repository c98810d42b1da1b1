/**
 * Model tests of `Claims`, by which threads share the indices of a plan. Bounds: two
 * threads in all interleavings, three within two preemptions.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import * as original from "../../parallel/run/claims.ts";
import type { Claims, ClaimsHandle } from "../../parallel/run/claims.ts";
import * as placed from "../../parallel/run/placed_claims.ts";
import type { PlacedHandle } from "../../parallel/run/placed_claims.ts";
import { allocate } from "../../sync/memory/arena.ts";
import { type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";
import { explore, ModelError } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";

type Module = typeof original;
type Placed = typeof placed;

/** What a thread has taken. */
type Taken = [from: number, to: number][];

function take(claims: Claims, count: number, most = Infinity): Taken {
  const taken: Taken = [];
  while (taken.length < most) {
    const part = claims.take(count, 1);
    if (part === undefined) break;
    assert(part[0] < part[1]);
    taken.push(part);
  }
  return taken;
}

/** All indices from 3 up to 11 are taken, each by one thread. */
function everyIndexOnce(taken: readonly Taken[]): void {
  const indices = taken.flat().flatMap(([from, to]) =>
    Array.from({ length: to - from }, (_, k) => from + k)
  );
  assertEquals(indices.sort((a, b) => a - b), [3, 4, 5, 6, 7, 8, 9, 10]);
}

async function sharesIndices(
  threads: number,
  { Claims }: Module = original,
): Promise<void> {
  const { complete } = await explore<ClaimsHandle>({
    setup: () => Claims.make(3, 11, threads - 1).handle,
    threads: Array.from(
      { length: threads },
      (_, k) => (handle: ClaimsHandle) => take(new Claims(handle), 3 - k),
    ),
    check: (_, results) => everyIndexOnce(results as Taken[]),
  });
  assert(complete);
}

Deno.test("Claims.take() gives each index to one thread: two threads", () =>
  sharesIndices(2));

Deno.test("Claims.take() gives each index to one thread: three threads", () =>
  sharesIndices(3));

/** A helper that comes, while it is let go. */
async function comesOrIsDismissed({ Claims }: Module = original) {
  const ends = new Set<string>();
  const { complete } = await explore<ClaimsHandle>({
    setup: () => Claims.make(0, 4, 2).handle,
    threads: [
      (handle) => new Claims(handle).dismiss(1),
      (handle) => new Claims(handle).begin(1),
    ],
    check: (handle, [isDismissed, hasBegun]) => {
      assertEquals(isDismissed, !hasBegun);
      assertEquals(new Claims(handle).isDismissed(1), isDismissed);
      assert(!new Claims(handle).isDismissed(0));
      ends.add(`${isDismissed}`);
    },
  });
  assert(complete);
  assertEquals(ends.size, 2);
}

Deno.test("Claims: a helper comes, or it is not needed: never both, never neither", () =>
  comesOrIsDismissed());

/** A helper of the job before that comes late: the memory has a new job already. */
async function lateHelper({ Claims }: Module = original) {
  const ends = new Set<string>();
  const { complete } = await explore<ClaimsHandle>({
    setup: () => Claims.make(3, 11, 1).handle,
    threads: [
      (handle) => {
        const claims = new Claims(handle);
        const isDismissed = claims.dismiss(0);
        if (!isDismissed) return false;
        claims.release();
        const next = Claims.make(3, 11, 1);
        assertEquals(next.handle.memory, handle.memory);
        return take(next, 8);
      },
      (handle) => {
        const claims = new Claims(handle);
        return claims.begin(0) ? take(claims, 8) : false;
      },
    ],
    check: (_, results) => {
      const [next, late] = results as (Taken | false)[];
      assertEquals(next === false, late !== false);
      everyIndexOnce([next || late || []]);
      ends.add(`${next === false}`);
    },
  });
  assert(complete);
  assertEquals(ends.size, 2);
}

Deno.test("Claims: a helper that comes late takes nothing of the next job", () =>
  lateHelper());

/** Claims, and a word that says how often a helper was asked, and has left. */
interface Mail {
  readonly handle: ClaimsHandle;
  readonly mail: SharedSlice;
}

/** A helper that leaves after one piece, as one that blocks does, and is asked again. */
async function asksAgain({ Claims }: Module = original) {
  const ends = new Set<string>();
  const { complete } = await explore<Mail>({
    setup: () => ({
      handle: Claims.make(3, 11, 1).handle,
      mail: allocate(8),
    }),
    threads: [
      ({ handle, mail }) => {
        const claims = new Claims(handle);
        const words = wordsOf(mail, 2);
        const taken = take(claims, 2, 1);
        // It was asked once before. Who has answered has left.
        let asked = 1;
        if (
          Atomics.load(words, 0) === asked && claims.areLeft &&
          claims.hasBegun(0)
        ) {
          claims.invite(0);
          Atomics.store(words, 1, ++asked);
        }
        taken.push(...take(claims, 8));
        const isDismissed = claims.dismiss(0);
        return { taken, asked, isDismissed };
      },
      ({ handle, mail }) => {
        const claims = new Claims(handle);
        const words = wordsOf(mail, 2);
        const came: Taken[] = [];
        for (let time = 1; time <= 2; time++) {
          if (!claims.begin(0)) break;
          came.push(take(claims, 1, 1));
          Atomics.store(words, 0, time);
          if (Atomics.load(words, 1) !== 2) break;
        }
        return came;
      },
    ],
    check: (_, results) => {
      const [maker, came] = results as [
        { taken: Taken; asked: number; isDismissed: boolean },
        Taken[],
      ];
      everyIndexOnce([maker.taken, ...came]);
      // Each time that it was asked it came, or it was let go of.
      assertEquals(came.length, maker.asked - Number(maker.isDismissed));
      ends.add(`${maker.asked} ${came.length}`);
    },
  });
  assert(complete);
  assertEquals(ends, new Set(["1 0", "1 1", "2 1", "2 2"]));
}

Deno.test("Claims.invite() has a helper that left come once more, or not: never both", () =>
  asksAgain());

Deno.test("Claims.end() leaves what was taken, and nobody takes any more", async () => {
  const ends = new Set<number>();
  const { complete } = await explore<ClaimsHandle>({
    setup: () => original.Claims.make(0, 8, 1).handle,
    threads: [
      (handle) => void new original.Claims(handle).end(),
      (handle) => take(new original.Claims(handle), 2),
    ],
    check: (handle, [, taken]) => {
      const left = new original.Claims(handle).take(1, 1);
      assertEquals(left, undefined);
      ends.add((taken as Taken).length);
    },
  });
  assert(complete);
  assertEquals(ends, new Set([0, 1, 2, 3, 4, 5, 6]));
});

/** Two threads, each of which begins in a place of its own. */
async function sharesPlaces({ PlacedClaims }: Placed = placed): Promise<void> {
  const { complete } = await explore<PlacedHandle>({
    setup: () =>
      PlacedClaims.makePlaced([
        { node: 0, from: 3, to: 6 },
        { node: 1, from: 6, to: 11 },
      ], 1).handle,
    threads: [0, 1].map((node) => (handle: PlacedHandle) =>
      take(new PlacedClaims(handle, node), 2)
    ),
    check: (_, results) => everyIndexOnce(results as Taken[]),
  });
  assert(complete);
}

Deno.test("PlacedClaims.take() gives each index of all places to one thread", () =>
  sharesPlaces());

Deno.test("PlacedClaims: the checker finds places of which nobody else takes", async () => {
  const module = await mutant<Placed>("parallel/run/placed_claims.ts", [
    [
      "for (; this.#at < this.#lanes.length; this.#at++)",
      "for (; this.#at < 1; this.#at++)",
    ],
    ["lanes.findIndex((lane) => lane.node === node)", "0"],
    ["Number(b.node === node) - Number(a.node === node)", "0"],
  ]);
  await assertRejects(() => sharesPlaces(module), ModelError);
});

const MISTAKES: readonly {
  readonly what: string;
  readonly edits: readonly Edit[];
  readonly found: (module: Module) => Promise<void>;
}[] = [
  {
    what: "indices that are loaded and stored",
    edits: [[
      "Atomics.add(this.#words, NEXT, units)",
      "(Atomics.store(this.#words, NEXT, Atomics.load(this.#words, NEXT) + units) - units)",
    ]],
    found: (module) => sharesIndices(2, module),
  },
  {
    what: "a part that goes beyond the end",
    edits: [["Math.min(from + units * this.#unit, end)", "from + units"]],
    found: (module) => sharesIndices(2, module),
  },
  {
    what: "a claim beyond the end that is not looked at",
    edits: [["if (from >= end) return undefined;", ""]],
    found: (module) => sharesIndices(2, module),
  },
  {
    what: "a helper that comes without a look",
    edits: [["return former === invited;", "return true;"]],
    found: comesOrIsDismissed,
  },
  {
    what: "jobs that have no number of their own",
    edits: [["(Atomics.load(words, JOB) + 1) % JOBS", "0"]],
    found: lateHelper,
  },
  {
    what: "a helper that is asked again, and cannot come",
    edits: [["Atomics.store(this.#words, HELPERS + helper, invited);", ""]],
    found: asksAgain,
  },
  {
    what: "a helper that is asked again by another job",
    edits: [[
      "Atomics.store(this.#words, HELPERS + helper, invited);",
      "Atomics.store(this.#words, HELPERS + helper, INVITED);",
    ]],
    found: asksAgain,
  },
];

for (const { what, edits, found } of MISTAKES) {
  Deno.test(`Claims: the checker finds ${what}`, async () => {
    const module = await mutant<Module>("parallel/run/claims.ts", edits);
    await assertRejects(() => found(module), ModelError);
  });
}
