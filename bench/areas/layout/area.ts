import { equal } from "node:assert";
import { placement } from "../../harness/placement.ts";
import type {
  Area,
  Running,
  Scenario,
  Subject,
} from "../../harness/scenario.ts";
import { perSecond } from "../../harness/unit.ts";
import { windowed } from "../pool/calls.ts";
import type { Place } from "./place.ts";

const BASELINE = "a worker on every core";

/** How long a call takes on its worker, in microseconds. */
const WORK: Readonly<Record<string, number>> = {
  "no-work": 0,
  "10us": 10,
  "100us": 100,
};
const WINDOWS: readonly number[] = [1, 64, 1024];

function subject(
  name: string,
  place: Place,
  inFlight: number,
  turns: number,
): Subject {
  return {
    name,
    async setup(): Promise<Running> {
      const { Grinder } = await import("./grinder.ts");
      const { start } = await import("./place.ts");
      const { grind, pinCaller, close } = await start(place);
      const expected = new Grinder().grind(turns);
      return {
        async run(count) {
          using _pinned = pinCaller();
          const atLeast = inFlight === 1 ? 1 : 2 * inFlight;
          return await windowed(
            grind,
            turns,
            Math.max(count, atLeast),
            inFlight,
          );
        },
        async check() {
          equal(await grind(turns), expected);
        },
        close,
      };
    },
  };
}

/** Whether a program is quicker if its starting thread has a core of its own. */
export const layout: Area = {
  name: "layout",
  summary: "a worker on every core, or the core of the starting thread spared",
  async scenarios(quick): Promise<Scenario[]> {
    const { cores, pair, reason } = await placement();
    if (pair === undefined) {
      throw new Error(
        `There is no core to spare, or no way to do so: ${reason}`,
      );
    }
    const subjects: [string, Place][] = [
      [BASELINE, { spared: undefined, isPinned: false }],
      ["one core spared", { spared: pair.caller, isPinned: false }],
      [
        "one core spared, caller pinned to it",
        { spared: pair.caller, isPinned: true },
      ],
    ];
    const { turnsIn } = await import("./grinder.ts");
    const works = Object.entries(WORK)
      .map(([work, microseconds]) => [work, turnsIn(microseconds)] as const);
    return works.flatMap(([work, turns]) =>
      WINDOWS.map((inFlight): Scenario => ({
        name: `${work}/${inFlight}`,
        unit: perSecond("calls"),
        baseline: BASELINE,
        note:
          `${inFlight} in flight; ${cores} cores; a call takes ${turns} turns of a loop`,
        subjects: subjects.map(([name, place]) =>
          subject(name, place, inFlight, turns)
        ),
      }))
    ).filter(({ name }) => !quick || !name.startsWith("10us"));
  },
};
