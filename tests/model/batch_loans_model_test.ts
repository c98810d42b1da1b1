/**
 * Model tests of the loans of shared queues: a worker lends a batch, another
 * thread reads it, and the successor of the worker frees what nobody reads. The worker
 * is lost in front of any one of its operations. Bounds: all interleavings of two
 * threads; three within three preemptions.
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { LOAN_WORDS, Loans } from "../../batching/shared/loans.ts";
import { allocate } from "../../sync/memory/arena.ts";
import { type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";
import { explore, type Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { mortal } from "./mortal.ts";

type LoansClass = typeof Loans;

const LENDER = 2001;
const READER = 2002;
const OTHER = 2003;
const START = -5;

/** How many loans there can be. */
const MOST = 2;

// Words besides the loans.
/** 1 while the batch lies where it was. */
const BATCH = 0;
/** The number of the loan plus 1, for the reader. */
const MAIL = 1;
/** 1: the lender is lost. */
const LOST = 2;
const LOANS = 3;
const LENGTH = LOANS + LOAN_WORDS * MOST;

/** The loans, and the words besides, as a thread sees them. */
function at(
  slice: SharedSlice,
  type: LoansClass,
): { words: Int32Array; loans: Loans } {
  const words = wordsOf(slice, LENGTH);
  const threads = {
    isLive: (thread: number) =>
      thread !== LENDER || Atomics.load(words, LOST) === 0,
  };
  return { words, loans: new type(words, LOANS, threads, MOST) };
}

function setup(): SharedSlice {
  const slice = allocate(4 * LENGTH);
  wordsOf(slice, LENGTH)[BATCH] = 1;
  return slice;
}

/** Lends the batch, and says so. */
function lends(slice: SharedSlice, type: LoansClass): void {
  const { words, loans } = at(slice, type);
  const loan = loans.lend(LENDER, 0, START)!;
  Atomics.store(words, MAIL, loan.index + 1);
}

/** Reads the batch if it was lent, and says what it saw. */
function reads(slice: SharedSlice, type: LoansClass): string {
  const { words, loans } = at(slice, type);
  const mail = Atomics.load(words, MAIL);
  if (mail === 0) return "nothing came";
  const loan = { index: mail - 1, lender: LENDER };
  if (!loans.begin(loan, READER)) return "refused";
  const seen = [Atomics.load(words, BATCH), Atomics.load(words, BATCH)];
  loans.end(loan, READER);
  return seen.every((word) => word === 1) ? "read" : "written over";
}

/** Frees the batch of a lender that is lost, unless it is read. */
function frees(slice: SharedSlice, type: LoansClass): string {
  const { words, loans } = at(slice, type);
  if (Atomics.load(words, LOST) === 0) return "nothing lost";
  if (loans.recover(0).has(START)) return "kept";
  Atomics.store(words, BATCH, 0);
  return "freed";
}

/** A worker that is lost after so many operations, a reader and a successor. */
function losing(
  steps: number,
  ends: Set<string>,
  type: LoansClass = Loans,
): Program<SharedSlice> {
  return {
    setup,
    threads: [
      (slice, thread) => {
        const words = wordsOf(slice, LENGTH);
        const lose = () => Atomics.store(words, LOST, 1);
        const run = mortal<SharedSlice>(steps, (slice) => {
          lends(slice, type);
          throw new Error("it is lost before");
        }, lose);
        try {
          return run(slice, thread);
        } catch (error) {
          if (
            !(error instanceof Error) || error.message !== "it is lost before"
          ) {
            throw error;
          }
          lose();
          return "lost";
        }
      },
      (slice) => reads(slice, type),
      (slice) => [frees(slice, type), frees(slice, type)],
    ],
    check: (slice, [, read, freed]) => {
      ends.add(`${read}, ${freed}`);
      assertNotEquals(read, "written over");
      // When all is over, nothing is lent any more.
      const { loans } = at(slice, Loans);
      assertEquals(loans.recover(0).size, 0);
    },
    preemptions: 3,
  };
}

/** Two workers lend at the same time. */
function twoLend(type: LoansClass = Loans): Program<SharedSlice> {
  return {
    setup,
    threads: [
      (slice) => at(slice, type).loans.lend(READER, 0, 1)!.index,
      (slice) => at(slice, type).loans.lend(OTHER, 1, 1)!.index,
    ],
    check: (_, [one, other]) => assertNotEquals(one, other),
    preemptions: Infinity,
  };
}

/** A reader that was taken for lost ends late, when its loan is another one's. */
function endsLate(type: LoansClass = Loans): Program<SharedSlice> {
  return {
    setup: () => {
      const slice = setup();
      const { loans } = at(slice, Loans);
      assert(loans.begin(loans.lend(LENDER, 0, START)!, READER));
      loans.takeBack({ index: 0, lender: LENDER }); // as it was lost
      return slice;
    },
    threads: [
      (slice) =>
        at(slice, type).loans.end({ index: 0, lender: LENDER }, READER),
      (slice) => {
        const { loans } = at(slice, type);
        const loan = loans.lend(OTHER, 0, START)!;
        return loans.begin(loan, OTHER) && !loans.begin(loan, OTHER);
      },
    ],
    check: (_, [, isLent]) => assertEquals(isLent, true),
    preemptions: Infinity,
  };
}

/** A successor looks while a worker of another lane lends and another thread reads. */
function besideAnother(type: LoansClass = Loans): Program<SharedSlice> {
  return {
    setup,
    threads: [
      (slice) => {
        const { loans } = at(slice, type);
        const loan = loans.lend(OTHER, 1, START)!;
        return loans.begin(loan, READER);
      },
      (slice) => at(slice, type).loans.recover(0).size,
    ],
    check: (_, results) => assertEquals(results, [true, 0]),
    preemptions: Infinity,
  };
}

/** How many operations a worker does that lends, and one more. */
const STEPS = 7;

async function losesAnywhere(type: LoansClass = Loans): Promise<Set<string>> {
  const ends = new Set<string>();
  for (let steps = 0; steps < STEPS; steps++) {
    const { complete } = await explore(losing(steps, ends, type));
    assert(complete);
  }
  return ends;
}

Deno.test("Loans: what a lost worker had lent is not written over while it is read (Q16, Q20)", async () => {
  const ends = await losesAnywhere();
  for (
    const end of [
      "nothing came, freed,freed",
      "refused, freed,freed",
      "read, kept,freed",
      "read, kept,kept",
      "read, freed,freed",
      "read, nothing lost,nothing lost",
    ]
  ) assert(ends.has(end), `${end}: ${[...ends].join("; ")}`);
});

Deno.test("Loans.lend() gives no loan twice", async () => {
  const { complete } = await explore(twoLend());
  assert(complete);
});

Deno.test("Loans.end() of a reader that was taken for lost ends no other loan", async () => {
  const { complete } = await explore(endsLate());
  assert(complete);
});

Deno.test("Loans.recover() takes nothing from workers of other lanes", async () => {
  const { complete } = await explore(besideAnother());
  assert(complete);
});

type Made = (type: LoansClass) => Program<SharedSlice>;

/** The loss that each of these mistakes matters for is late. */
const late: Made = (type) => losing(STEPS - 1, new Set(), type);

const BROKEN: Readonly<Record<string, readonly [Made, ...Edit[]]>> = {
  "a loan that is found by a look": [twoLend, [
    "Atomics.compareExchange(this.#words, at + HOLDER, FREE, -lender) !==\n          FREE",
    "Atomics.load(this.#words, at + HOLDER) !== FREE || Atomics.store(this.#words, at + HOLDER, -lender) === 0",
  ]],
  "a reader that begins although the loan was taken back": [late, [
    "return this.#change(this.#at(index), -lender, reader);",
    "this.#change(this.#at(index), -lender, reader); return true;",
  ]],
  "a successor that takes back what is being begun": [late, [
    "if (!this.#threads.isLive(-holder)) this.#change(at, holder, FREE);",
    "if (!this.#threads.isLive(-holder)) Atomics.store(this.#words, at + HOLDER, FREE);",
  ]],
  "a successor that does not look again": [late, [
    "if (Atomics.load(this.#words, at + HOLDER) <= 0) continue;",
    "continue;",
  ]],
  "a reader that ends whatever has its place": [endsLate, [
    "this.#change(this.#at(index), reader, ENDED);",
    "Atomics.store(this.#words, this.#at(index), ENDED);",
  ]],
  "a successor that takes back what live workers lend": [besideAnother, [
    "if (!this.#threads.isLive(-holder)) this.#change",
    "this.#change",
  ]],
};

for (const [name, [program, ...edits]] of Object.entries(BROKEN)) {
  Deno.test(`the model finds ${name}`, async () => {
    const { Loans } = await mutant<
      typeof import("../../batching/shared/loans.ts")
    >("batching/shared/loans.ts", edits);
    await refuses("exception", program(Loans));
  });
}
