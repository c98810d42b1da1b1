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

/** How long a call takes on its worker, as turns of about a nanosecond. */
const WORK: Readonly<Record<string, number>> = {
  "no-work": 1,
  "10us": 10_000,
  "100us": 100_000,
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
      const { start } = await import("./place.ts");
      const { grind, pinCaller, close } = await start(place);
      const expected = await grind(turns);
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
      throw new Error(`There is no core to spare: ${reason}`);
    }
    const subjects: [string, Place][] = [
      [BASELINE, { spared: undefined, isPinned: false }],
      ["one core spared", { spared: pair.caller, isPinned: false }],
      [
        "one core spared, caller pinned to it",
        { spared: pair.caller, isPinned: true },
      ],
    ];
    return Object.entries(WORK).flatMap(([work, turns]) =>
      WINDOWS.map((inFlight): Scenario => ({
        name: `${work}/${inFlight}`,
        unit: perSecond("calls"),
        baseline: BASELINE,
        note: `${inFlight} in flight; ${cores} cores`,
        subjects: subjects.map(([name, place]) =>
          subject(name, place, inFlight, turns)
        ),
      }))
    ).filter(({ name }) => !quick || !name.startsWith("10us"));
  },
};
