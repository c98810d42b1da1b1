import { placement } from "../../harness/placement.ts";
import type {
  Area,
  Running,
  Scenario,
  Subject,
} from "../../harness/scenario.ts";
import { microseconds, perSecond } from "../../harness/unit.ts";
import { caller, sequential, windowed } from "../pool/calls.ts";
import { check } from "../pool/check.ts";
import { layouts } from "../pool/layouts.ts";
import type { Layout, Peer } from "../pool/peer.ts";

/** Calls in flight where throughput is measured. */
const WINDOW = 64;
const BASELINE = "raw Worker";
const TWO_RINGS = "two rings (floor)";
/** Those that say something of one worker at a known place only. */
const ONE_WORKER: readonly string[] = [`${BASELINE}, pinned`, TWO_RINGS];

type Load = () => Promise<{ start(layout: Layout): Promise<Peer> }>;

/** Each is loaded when it is set up: one that is missing must not keep the others from being measured. */
const PEERS: readonly (readonly [name: string, load: Load])[] = [
  [BASELINE, () => import("../pool/raw_worker.ts")],
  [`${BASELINE}, pinned`, () => import("../pool/raw_worker_pinned.ts")],
  ["comlink 4.4.2", () => import("../pool/comlink.ts")],
  ["piscina 5.3.2", () => import("../pool/piscina.ts")],
  ["tinypool 2.2.0", () => import("../pool/tinypool.ts")],
  ["kindred", () => import("../pool/kindred.ts")],
  [TWO_RINGS, () => import("../pool/ring_pair.ts")],
  ["same thread (floor)", () => import("../pool/same_thread.ts")],
];

/** What is sent. */
const PAYLOADS: Readonly<Record<string, unknown>> = {
  "number": 41,
  "object": { a: 1, b: "two", c: [1, 2, 3] },
  "bytes-1KiB": Uint8Array.from({ length: 1024 }, (_, i) => i),
};

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
        check: () => check(peer, PAYLOADS),
        close: () => peer.close(),
      };
    },
  };
}

/** Typed calls to another thread: how long one takes, and how many there are in a second. */
export const call: Area = {
  name: "call",
  summary:
    "a call to another thread: latency and throughput, by payload and placement",
  async scenarios(): Promise<Scenario[]> {
    const places = layouts(await placement())
      .filter(({ layout }) => layout.name !== "two-workers");
    return places.flatMap(({ layout, note, arrange }) =>
      (["latency", "throughput"] as const).flatMap((mode) =>
        Object.entries(PAYLOADS).map(([payloadName, payload]): Scenario => ({
          name: `${layout.name}/${mode}/${payloadName}`,
          unit: mode === "latency" ? microseconds : perSecond("calls"),
          baseline: BASELINE,
          note: `${
            mode === "latency" ? "1 in flight" : `${WINDOW} in flight`
          }; ${note}`,
          subjects: PEERS
            .filter(([name]) =>
              layout.name === "one-worker" || !ONE_WORKER.includes(name)
            )
            .map((peer) => subject(peer, layout, { mode, payload })),
          arrange,
        }))
      )
    );
  },
};
