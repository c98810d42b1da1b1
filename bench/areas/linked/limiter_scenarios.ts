import { equal, ok } from "node:assert";
import type { Running, Scenario, Subject } from "../../harness/scenario.ts";
import { nanoseconds } from "../../harness/unit.ts";
import { turnsIn } from "../layout/grinder.ts";
import type { Spender } from "./spenders.ts";
import { start } from "./start.ts";

type Definitions = Omit<typeof import("./spenders.ts"), "Spender">;

const BASELINE = "one bucket, one lock";

const CONTENDERS: readonly [name: string, keyof Definitions][] = [
  ["a bucket for each thread (floor)", "plain"],
  ["linked, leases of 256", "leases"],
  ["linked, leases of 8", "shortLeases"],
  [BASELINE, "oneLock"],
  ["one bucket, one word", "oneWord"],
];

/** What is asked of limiters. */
interface Spending {
  readonly from: "plenty" | "scarce";
  /** How many workers ask. */
  readonly workers: number;
  /** What each does after a request, in turns of a loop. */
  readonly turns: number;
}

function subject(
  [name, key]: typeof CONTENDERS[number],
  { from, workers, turns }: Spending,
): Subject {
  return {
    name,
    async setup(): Promise<Running> {
      const definitions: Definitions = await import("./spenders.ts");
      const { family, close } = await start<Spender>(definitions[key]);
      const asking = Array.from(
        { length: workers },
        (_, worker) => family.on(worker),
      );
      const spend = (count: number) =>
        Promise.all(asking.map((one) => one.spend(from, count, turns)));
      return {
        async run(count) {
          await spend(count);
          return count;
        },
        async check() {
          const taken = await spend(1000);
          if (from === "plenty") equal(Math.min(...taken), 1000);
          else ok(Math.max(...taken) < 900, `${name} gave ${taken}`);
        },
        close,
      };
    },
  };
}

/** Who admits requests soonest, while all workers ask all the time. */
export function limiterScenarios(cores: number): Scenario[] {
  const scenario = (
    name: string,
    spending: Partial<Spending>,
    note: string,
  ): Scenario => ({
    name: `rate-limiter/${name}`,
    unit: nanoseconds,
    baseline: BASELINE,
    note,
    subjects: CONTENDERS.map((each) =>
      subject(each, { from: "plenty", workers: cores, turns: 0, ...spending })
    ),
  });
  const all = `${cores} workers ask all the time`;
  return [
    scenario("admitted", {}, all),
    scenario(
      "admitted-1us-apart",
      { turns: turnsIn(1) },
      `${cores} workers ask, and work for 1 us after each request`,
    ),
    scenario("admitted-alone", { workers: 1 }, "one worker asks"),
    scenario("refused", { from: "scarce" }, `${all}; nearly all is refused`),
  ];
}
