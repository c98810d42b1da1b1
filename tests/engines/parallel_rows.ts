/**
 * What plans over arrays do in the engine that runs this.
 *
 * @module
 */

import { closure, Latch, par, type Runtime } from "../../mod.ts";
import { assemble } from "../parallel/assembler.ts";
import { floatSum, meeting, newMemory } from "../parallel/sample_kernels.ts";

/** A row of the table in docs/runtimes.md, and whether it is so. */
export type ParallelRow = readonly [
  name: string,
  ask: (runtime: Runtime) => Promise<boolean>,
];

export const PARALLEL_ROWS: readonly ParallelRow[] = [
  ["plans over arrays, on all threads", async (runtime) => {
    const options = { runtime, eager: true };
    const met = new Latch(2);
    // Ends if two threads take part.
    const meet = closure({ met }, ({ met }) => {
      met.countDown();
      met.wait();
    });
    await par.range(0, 2, options).withMaxLen(1).forEach(meet);
    const shared = new Float64Array(new SharedArrayBuffer(80_000)).fill(2);
    const sum = await par(shared, options).map((x) => x * x).sum();
    const names = Array.from({ length: 500 }, (_, k) => ({ name: `${k}` }));
    const lengths = par(names, options).map(({ name }) => name.length);
    return sum === 40_000 && (await lengths.collect()).join("") ===
        names.map(({ name }) => name.length).join("");
  }],

  ["sorts on all threads", async (runtime) => {
    const options = { runtime, eager: true };
    const numbers = Float64Array.from({ length: 200_000 }, Math.random);
    const sorted = numbers.slice().sort();
    await par.sort(numbers, options);
    const words = Array.from({ length: 2000 }, (_, k) => `${k * 7919 % 2003}`);
    const inOrder = words.toSorted((a, b) => a.localeCompare(b));
    await par.sortBy(words, (a, b) => a.localeCompare(b), options);
    return numbers.every((n, k) => n === sorted[k]) &&
      words.every((word, k) => word === inOrder[k]);
  }],

  ["`par.join()`", async (runtime) => {
    const met = new Latch(2);
    const meet = closure({ met }, ({ met }) => {
      met.countDown();
      met.wait();
      return 1;
    });
    const [a, b] = await par.join(meet, meet, { runtime });
    return a + b === 2;
  }],

  ["kernels of WebAssembly", async (runtime) => {
    const options = { runtime, eager: true };
    const module = assemble({
      globals: [{ name: "__stack_pointer", isMutable: true, value: 0 }],
      funcs: [floatSum, meeting(0)],
    });
    const kernels = par.wasm(module, newMemory());
    const tops = await kernels.ranges("meet0", 0, 2, options).withMaxLen(1)
      .collect();
    const sum = await kernels.ranges("floatSum", 0, 1000, options).sum();
    return new Set(tops).size === 2 && sum === 499_500;
  }],
];
