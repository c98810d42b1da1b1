/**
 * Model tests of `Tally`: one thread counts past 2^32 while one or two others
 * read, in all interleavings of their atomic operations. The owner's plain
 * stores are made atomic ones for the checker: that they are not torn is the
 * language's word, and in which order they become visible is in
 * workers/stats/README.md, "Counts".
 */

import { assert } from "@std/assert";
import type { Tally } from "../../../workers/stats/tally.ts";
import { wordsOf } from "../../../sync/memory/memory.ts";
import { explore, type Program } from "../../model/explorer.ts";
import { type Edit, mutant } from "../../model/explorer/mutant.ts";
import { refuses } from "../../model/futex_mutex.ts";

type Module = typeof import("../../../workers/stats/tally.ts");

const WORD = 2 ** 32;
const SIZE = 1;

/** The stores of the owner as steps of the model. */
const VISIBLE: readonly Edit[] = [
  [
    "if (next === 0) this.#carry(count, 1, 0);\n    else this.#words[count] = next;",
    "if (next === 0) this.#carry(count, 1, 0);\n    else Atomics.store(this.#words, count, next);",
  ],
  [
    "this.#carry(count, 1, next);\n    else this.#words[count] = next;",
    "this.#carry(count, 1, next);\n    else Atomics.store(this.#words, count, next);",
  ],
  [
    "if (high === 0) this.#words[count] = sum | 0;",
    "if (high === 0) Atomics.store(this.#words, count, sum | 0);",
  ],
];

function tallyOf(edits: readonly Edit[]): Promise<Module> {
  return mutant<Module>("workers/stats/tally.ts", [...VISIBLE, ...edits]);
}

interface Options {
  readonly start: number;
  readonly count: (tally: Tally) => void;
  readonly end: number;
  readonly readers?: number;
}

/** One thread counts, others read twice each. */
function counting(
  { Tally }: Module,
  options: Options,
): Program<SharedArrayBuffer> {
  const { start, count, end, readers = 1 } = options;
  const attach = (buffer: SharedArrayBuffer) =>
    new Tally(wordsOf({ buffer, byteOffset: 0 }, 3 * SIZE), SIZE);
  const read = (buffer: SharedArrayBuffer) => {
    const tally = attach(buffer);
    const first = tally.read(0);
    const second = tally.read(0);
    assert(start <= first && first <= end, `${first} was never its value`);
    assert(first <= second && second <= end, `${second} after ${first}`);
  };
  return {
    setup: () => {
      const buffer = new SharedArrayBuffer(4 * 3 * SIZE);
      const words = new Int32Array(buffer);
      words[0] = start % WORD | 0;
      words[1] = words[2] = Math.floor(start / WORD);
      return buffer;
    },
    threads: [
      (buffer) => count(attach(buffer)),
      ...new Array<typeof read>(readers).fill(read),
    ],
    check: (buffer) => assert(attach(buffer).read(0) === end),
  };
}

const PROGRAMS: Readonly<Record<string, Options>> = {
  "increment()": {
    start: WORD - 2,
    count: (tally) => {
      for (let k = 0; k < 4; k++) tally.increment(0);
    },
    end: WORD + 2,
  },
  "add()": {
    start: 3 * WORD - 10,
    count: (tally) => {
      tally.add(0, 7);
      tally.add(0, 2 ** 31 - 1);
    },
    end: 3 * WORD - 10 + 7 + 2 ** 31 - 1,
  },
  "addLarge()": {
    start: WORD - 1,
    count: (tally) => {
      tally.addLarge(0, 5 * WORD);
      tally.addLarge(0, 2);
    },
    end: 6 * WORD + 1,
  },
};

for (const [name, options] of Object.entries(PROGRAMS)) {
  Deno.test(`Tally.${name} shows no value that the count never had`, async () => {
    const module = await tallyOf([]);
    for (const readers of [1, 2]) {
      const { complete } = await explore({
        ...counting(module, { ...options, readers }),
        ...(readers === 2 && { preemptions: 3 }),
      });
      assert(complete);
    }
  });
}

const MUTANTS: Readonly<Record<string, readonly Edit[]>> = {
  "that carries after the low word": [
    [
      "Atomics.store(this.#words, last, high);\n    Atomics.store(this.#words, count, low);",
      "Atomics.store(this.#words, count, low);\n    Atomics.store(this.#words, last, high);",
    ],
  ],
  "that carries before the low word": [
    [
      "Atomics.store(this.#words, count, low);\n    Atomics.store(this.#words, first, high);",
      "Atomics.store(this.#words, first, high);\n    Atomics.store(this.#words, count, low);",
    ],
  ],
  "that is read in the order in which it is written": [
    [
      "const before = Atomics.load(this.#words, first);",
      "const before = Atomics.load(this.#words, first + this.#size);",
    ],
    [
      "const after = Atomics.load(this.#words, first + this.#size);",
      "const after = Atomics.load(this.#words, first);",
    ],
  ],
  "that takes any low word": [
    ["(before === after ? low >>> 0 : 0)", "(low >>> 0)"],
  ],
};

for (const [name, edits] of Object.entries(MUTANTS)) {
  Deno.test(`The model checker finds a tally ${name}`, async () => {
    const module = await tallyOf(edits);
    await refuses("exception", counting(module, PROGRAMS["increment()"]!));
  });
}
