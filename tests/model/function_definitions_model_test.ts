/**
 * Model tests of `DefinitionMemory`: two threads add and a third one loads what
 * it was told of. All definitions share one chain. All interleavings.
 */

import { assert, assertEquals } from "@std/assert";
import { wordsOf } from "../../sync/memory/memory.ts";
import {
  type FunctionDefinition,
  SOURCE,
} from "../../workers/functions/function_definition.ts";
import { explore, type Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";

type Module = typeof import("../../workers/functions/definition_memory.ts");

/** The module with one chain for all definitions, and with mistakes. */
function withOneChain(...edits: Edit[]): Promise<Module> {
  return mutant<Module>("workers/functions/definition_memory.ts", [
    ["const CHAIN_COUNT = 1024;", "const CHAIN_COUNT = 1;"],
    ...edits,
  ]);
}

function definition(name: string): FunctionDefinition {
  return { kind: SOURCE, name, text: `()=>${name}` };
}

interface Shared {
  readonly store: SharedArrayBuffer;
  /** Where each adding thread publishes the number of its first function. */
  readonly told: SharedArrayBuffer;
}

const BYTES = 512;

/**
 * Each thread adds the functions of these names; one more loads the first one
 * of each, when it is told its number.
 */
function adding(
  { DefinitionMemory }: Module,
  names: readonly (readonly string[])[],
  loads = false,
): Program<Shared> {
  const told = ({ told }: Shared) =>
    wordsOf({ buffer: told, byteOffset: 0 }, names.length);
  return {
    setup: () => ({
      store: new SharedArrayBuffer(BYTES),
      told: new SharedArrayBuffer(4 * names.length),
    }),
    threads: [
      ...names.map((mine, index) => (shared: Shared) => {
        const memory = new DefinitionMemory(shared.store);
        const numbers = mine.map((name) => memory.add(definition(name)));
        Atomics.store(told(shared), index, numbers[0]!);
        return numbers;
      }),
      ...loads
        ? [(shared: Shared) => {
          const memory = new DefinitionMemory(shared.store);
          names.forEach((mine, index) => {
            const number = Atomics.load(told(shared), index);
            if (number === 0) return;
            assertEquals(memory.at(number), definition(mine[0]!));
          });
        }]
        : [],
    ],
    check: ({ store }, results) => {
      const memory = new DefinitionMemory(store);
      const numbers = new Map<string, number>();
      names.forEach((mine, index) => {
        mine.forEach((name, k) => {
          const number = (results[index] as number[])[k]!;
          assertEquals(numbers.get(name) ?? number, number, name);
          numbers.set(name, number);
          assertEquals(memory.at(number), definition(name));
          assertEquals(memory.add(definition(name)), number);
        });
      });
      assertEquals(new Set(numbers.values()).size, numbers.size);
    },
    preemptions: Infinity,
  };
}

Deno.test("FunctionStore: threads that add at once lose nothing, and a third one loads it whole", async () => {
  const module = await withOneChain();
  for (const names of [[["f"], ["g"]], [["f"], ["f"]]]) {
    const { complete } = await explore(adding(module, names, true));
    assert(complete);
  }
});

Deno.test("FunctionStore: threads that add the same functions get the same numbers", async () => {
  const module = await withOneChain();
  for (
    const names of [
      [["f", "g"], ["g", "f"]],
      [["f", "g", "h"], ["h", "f"]],
      [["f"], ["f"], ["f"]],
      [["f"], ["g"], ["f"]],
    ]
  ) {
    const { complete } = await explore(adding(module, names));
    assert(complete);
  }
});

Deno.test("FunctionStore: a function that no longer fits leaves the others as they are", async () => {
  const module = await withOneChain();
  const { DefinitionMemory } = module;
  const large = (name: string) => ({
    ...definition(name),
    text: `()=>${name.repeat(150)}`,
  });
  const { complete } = await explore<SharedArrayBuffer>({
    setup: () => new SharedArrayBuffer(BYTES),
    threads: ["a", "b"].map((name) => (buffer) => {
      const memory = new DefinitionMemory(buffer);
      try {
        return memory.add(large(name));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return memory.add(definition(name));
      }
    }),
    check: (buffer, results) => {
      const memory = new DefinitionMemory(buffer);
      const texts = ["a", "b"].map((name, index) => {
        const found = memory.at(results[index] as number);
        assertEquals(found.name, name);
        return found.text.length;
      });
      assertEquals(texts.toSorted((a, b) => a - b), [5, 154]);
    },
    preemptions: Infinity,
  });
  assert(complete);
});

const MUTANTS: Readonly<
  Record<string, ["exception" | "data race", Edit, string[][]]>
> = {
  "an entry that is linked by a plain exchange": [
    "exception",
    [
      "if (Atomics.compareExchange(words, chain, last, mine) === last) {",
      "Atomics.store(words, chain, mine); {",
    ],
    [["f"], ["g"]],
  ],
  "room that is taken in two steps": [
    "data race",
    [
      "if (Atomics.compareExchange(words, TAIL, at, at + size) === at) {",
      "Atomics.store(words, TAIL, at + size); {",
    ],
    [["f"], ["g"]],
  ],
  "a chain that is not searched again": [
    "exception",
    [
      "if (found !== 0) return found;",
      "if (found !== 0 && mine === 0) return found;",
    ],
    [["f"], ["f"]],
  ],
  "a chain whose newest part only is searched": [
    "exception",
    ["let searched = 0;", "let searched = Atomics.load(words, chain);"],
    [["f", "f"], ["g"]],
  ],
  "an entry that is linked before it is written": [
    "data race",
    [
      "words[mine + LINK] = last;",
      "words[mine + LINK] = last; Atomics.store(words, chain, mine); words[mine + HASH] = hash;",
    ],
    [["f"], ["g"]],
  ],
  "an entry that keeps the link of its first try": [
    "exception",
    [
      "words[mine + LINK] = last;",
      "if (words[mine + LINK] === 0) words[mine + LINK] = last;",
    ],
    [["f", "h"], ["g", "i"]],
  ],
};

for (const [mistake, [violation, edit, names]] of Object.entries(MUTANTS)) {
  Deno.test(`FunctionStore: the checker finds ${mistake}`, async () => {
    await refuses(violation, adding(await withOneChain(edit), names));
  });
}
