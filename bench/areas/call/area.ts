import { equal } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import { type Placement, placement } from "../../harness/placement.ts";
import type {
  Area,
  Running,
  Scenario,
  Subject,
} from "../../harness/scenario.ts";
import { microseconds, perSecond } from "../../harness/unit.ts";
import { sequential, windowed } from "../pool/calls.ts";
import type { Layout, Peer } from "../pool/peer.ts";

/** Calls in flight where throughput is measured. */
const WINDOW = 64;
const BASELINE = "raw Worker";

type Load = () => Promise<{ start(layout: Layout): Promise<Peer> }>;

/** Each is loaded when it is set up: one that is missing must not keep the others from being measured. */
const PEERS: readonly (readonly [name: string, load: Load])[] = [
  [BASELINE, () => import("../pool/raw_worker.ts")],
  ["raw Worker, pinned", () => import("../pool/raw_worker_pinned.ts")],
  ["comlink 4.4.2", () => import("../pool/comlink.ts")],
  ["piscina 5.3.2", () => import("../pool/piscina.ts")],
  ["tinypool 2.2.0", () => import("../pool/tinypool.ts")],
  ["kindred", () => import("../pool/kindred.ts")],
  ["same thread (floor)", () => import("../pool/same_thread.ts")],
];

/** What is sent; `number` is incremented, everything else is echoed. */
const PAYLOADS: readonly (readonly [name: string, value: unknown])[] = [
  ["number", 41],
  ["object", { a: 1, b: "two", c: [1, 2, 3] }],
  ["bytes-1KiB", Uint8Array.from({ length: 1024 }, (_, i) => i)],
];

function caller(
  peer: Peer,
  payload: unknown,
): (value: unknown) => PromiseLike<unknown> {
  return typeof payload === "number"
    ? (value) => peer.increment(value as number)
    : (value) => peer.echo(value);
}

/** Every answer must be the one to its own question, also with all of them in flight. */
async function check(peer: Peer): Promise<void> {
  const numbers = Array.from({ length: WINDOW }, (_, i) => i);
  const answers = await Promise.all(numbers.map((x) => peer.increment(x)));
  numbers.forEach((x) =>
    equal(answers[x], x + 1, `increment(${x}) answered ${answers[x]}`)
  );
  for (const [name, value] of PAYLOADS) {
    const echoed = await peer.echo(value);
    if (!isDeepStrictEqual(echoed, value)) {
      throw new Error(`echo() changed the ${name}`);
    }
  }
}

function subject([name, load]: typeof PEERS[number], layout: Layout, scenario: {
  readonly mode: "latency" | "throughput";
  readonly payload: unknown;
}): Subject {
  return {
    name,
    async setup(): Promise<Running> {
      const peer = await (await load()).start(layout);
      const call = caller(peer, scenario.payload);
      return {
        run: (iterations) =>
          scenario.mode === "latency"
            ? sequential(call, scenario.payload, iterations)
            // Fewer than a window's worth would not be 64 in flight.
            : windowed(
              call,
              scenario.payload,
              Math.max(iterations, 4 * WINDOW),
              WINDOW,
            ),
        check: () => check(peer),
        close: () => peer.close(),
      };
    },
  };
}

function layouts({ cores, pair, reason }: Placement): [Layout, note: string][] {
  return [
    [
      { name: "one-worker", workers: 1, processor: pair?.worker },
      pair === undefined
        ? `one worker; nobody is pinned: ${reason}`
        : `one worker; caller pinned to processor ${pair.caller}, kindred's worker to ${pair.worker}, the others' are free`,
    ],
    [
      { name: "default", workers: cores, processor: undefined },
      `${cores} workers, caller not pinned`,
    ],
  ];
}

/** Typed calls to another thread: how long one takes, and how many there are in a second. */
export const call: Area = {
  name: "call",
  summary:
    "a call to another thread: latency and throughput, by payload and placement",
  async scenarios(): Promise<Scenario[]> {
    const place = await placement();
    return layouts(place).flatMap(([layout, note]) =>
      (["latency", "throughput"] as const).flatMap((mode) =>
        PAYLOADS.map(([payloadName, payload]): Scenario => ({
          name: `${layout.name}/${mode}/${payloadName}`,
          unit: mode === "latency" ? microseconds : perSecond("calls"),
          baseline: BASELINE,
          note: `${
            mode === "latency" ? "1 in flight" : `${WINDOW} in flight`
          }; ${note}`,
          subjects: PEERS
            .filter(([name]) =>
              layout.name === "one-worker" || !name.endsWith("pinned")
            )
            .map((peer) => subject(peer, layout, { mode, payload })),
          ...(layout.name === "one-worker"
            ? { arrange: () => place.pinCaller() }
            : {}),
        }))
      )
    );
  },
};
