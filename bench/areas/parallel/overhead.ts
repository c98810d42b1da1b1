import { equal } from "node:assert";
import { par } from "../../../parallel/mod.ts";
import type { Scenario } from "../../harness/scenario.ts";
import { microseconds } from "../../harness/unit.ts";
import { fractions } from "./numbers.ts";

const LOOP = "plain loop (floor)";
const ANEW = "par(), planned each time";

/** What a plan costs that is over so soon that no other thread helps. */
export function overhead(length: number): Scenario {
  const view = fractions(length);
  const twice = (x: number) => 2 * x;
  const kept = par(view).map(twice);
  const loop = () => {
    let sum = 0;
    for (let k = 0; k < view.length; k++) sum += 2 * view[k]!;
    return sum;
  };
  const subject = (name: string, sum: () => number | Promise<number>) => ({
    name,
    setup: () =>
      Promise.resolve({
        async run(count: number) {
          for (let k = 0; k < count; k++) await sum();
          return count;
        },
        check: async () => equal(await sum(), loop()),
        close() {},
      }),
  });
  return {
    name: `overhead/${length}`,
    unit: microseconds,
    baseline: LOOP,
    note: `the sum of ${length} f64, doubled, each awaited`,
    subjects: [
      subject(ANEW, () => par(view).map(twice).sum()),
      subject("par(), a kept plan", () => kept.sum()),
      subject(LOOP, loop),
    ],
    // At these lengths more than a twentieth of the loop.
    bars: [{ subject: ANEW, against: LOOP, atMostMore: 1 }],
  };
}
