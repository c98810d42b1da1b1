import { type Bar, BEST_RIVAL } from "../../harness/bar.ts";
import { placement } from "../../harness/placement.ts";
import type {
  Area,
  Running,
  Scenario,
  Subject,
} from "../../harness/scenario.ts";
import { microseconds, perSecond } from "../../harness/unit.ts";
import { caller, relayed, sequential, windowed } from "./calls.ts";
import { check } from "./check.ts";
import { layouts } from "./layouts.ts";
import type { Bytes, Layout, Peer } from "./peer.ts";
import { BASELINE, CALL, type Entry, PEERS, POOLS, SPAWN } from "./peers.ts";

/** What is sent. */
export const PAYLOADS: Readonly<Record<string, unknown>> = {
  "number": 41,
  "object": { a: 1, b: "two", c: [1, 2, 3] },
  "string-1KiB": "0123456789abcdef".repeat(64),
  "bytes-1KiB": bytes(1024),
  "bytes-1MiB": bytes(1024 * 1024),
};

/** Those that are moved as well, in both directions. */
const MOVED: readonly string[] = ["bytes-1KiB", "bytes-1MiB"];

/** How many calls are in flight. */
const WINDOWS: readonly number[] = [1, 64, 1024];

/** What is asked where there is little time. */
const QUICK: readonly string[] = [
  "one-worker/1/number",
  "one-worker/1/object",
  "one-worker/1/string-1KiB",
  "one-worker/1/bytes-1MiB",
  "one-worker/1/bytes-1MiB-moved",
  "one-worker/64/number",
  "one-worker/64/object",
  "one-worker/1024/number",
  "default/1/number",
  "default/64/number",
];

/** One question: what is sent how, and how many are in flight. */
interface Question {
  readonly payload: unknown;
  readonly isMoved: boolean;
  readonly inFlight: number;
}

function bytes(length: number): Bytes {
  return Uint8Array.from({ length }, (_, i) => i);
}

/** What is timed. */
function runner(
  peer: Peer,
  { payload, isMoved, inFlight }: Question,
): (count: number) => Promise<number> {
  // Fewer than some windows' worth would not be so many in flight.
  const atLeast = inFlight === 1 ? 1 : 2 * inFlight;
  if (isMoved) {
    const { echoMoved } = peer;
    if (echoMoved === undefined) {
      throw new Error("it copies in at least one of the two directions");
    }
    const values = Array.from(
      { length: inFlight },
      () => (payload as Bytes).slice(),
    );
    return (count) => relayed(echoMoved, values, Math.max(count, atLeast));
  }
  const call = caller(peer, payload);
  return inFlight === 1
    ? (count) => sequential(call, payload, count)
    : (count) => windowed(call, payload, Math.max(count, atLeast), inFlight);
}

function subject(
  [name, load]: Entry,
  layout: Layout,
  question: Question,
): Subject {
  return {
    name,
    async setup(): Promise<Running> {
      const peer = await (await load())(layout);
      try {
        return {
          run: runner(peer, question),
          check: () => check(peer, PAYLOADS),
          close: () => peer.close(),
        };
      } catch (error) {
        await peer.close();
        throw error;
      }
    },
  };
}

/** What is wanted of a call, and of a task beside it. */
function bars(layout: Layout, name: string, inFlight: number): Bar[] {
  const isPinned = layout.name === "one-worker";
  const bars: Bar[] = [];
  if (inFlight === 1 && (name === "number" || name === "object")) {
    bars.push({
      subject: CALL,
      against: BASELINE,
      atMost: isPinned ? 0.15 : 0.5,
    });
  }
  if (inFlight === 64 && name === "number") {
    bars.push(
      { subject: CALL, against: BASELINE, atLeast: isPinned ? 25 : 10 },
    );
    if (isPinned) {
      bars.push({ subject: CALL, against: BEST_RIVAL, atLeast: 30 });
    }
  }
  if (inFlight === 64 && name === "object" && isPinned) {
    bars.push({ subject: CALL, against: BASELINE, atLeast: 10 });
  }
  if (name === "number") {
    bars.push(
      inFlight === 1
        ? { subject: SPAWN, against: CALL, atMost: 1.3 }
        : { subject: SPAWN, against: CALL, atLeast: 1 / 1.3 },
    );
  }
  return bars;
}

/** Every payload, copied and moved. */
function payloads(): [name: string, payload: unknown, isMoved: boolean][] {
  return [
    ...Object.entries(PAYLOADS).map(([name, payload]): [
      string,
      unknown,
      boolean,
    ] => [name, payload, false]),
    ...MOVED.map((name): [string, unknown, boolean] => [
      `${name}-moved`,
      PAYLOADS[name],
      true,
    ]),
  ];
}

/** Whether all that is in flight at once is no more than a program would have on its way. */
function fits(payload: unknown, inFlight: number): boolean {
  const length = payload instanceof Uint8Array ? payload.length : 0;
  return length * inFlight <= 64 * 1024 * 1024;
}

/** A runtime beside the pools of others. */
export const pool: Area = {
  name: "pool",
  summary: "calls and tasks beside the pools of other libraries",
  async scenarios(quick): Promise<Scenario[]> {
    const place = await placement();
    const all = layouts(place).flatMap(({ layout, note, arrange }) =>
      WINDOWS.flatMap((inFlight) =>
        payloads()
          .filter(([, payload]) => fits(payload, inFlight))
          .map(([name, payload, isMoved]): Scenario => ({
            name: `${layout.name}/${inFlight}/${name}`,
            unit: inFlight === 1 ? microseconds : perSecond("calls"),
            baseline: BASELINE,
            rivals: POOLS,
            bars: bars(layout, name, inFlight),
            note: `${inFlight} in flight; ${note}`,
            subjects: PEERS.map((entry) =>
              subject(entry, layout, { payload, isMoved, inFlight })
            ),
            arrange,
          }))
      )
    );
    return quick ? all.filter(({ name }) => QUICK.includes(name)) : all;
  },
};
