import { type Placement, placement } from "../../harness/placement.ts";
import type {
  Area,
  Running,
  Scenario,
  Subject,
} from "../../harness/scenario.ts";
import { nanoseconds } from "../../harness/unit.ts";
import { type Loop, startAlone } from "./alone.ts";
import { type Places, startDuel } from "./duel.ts";

const MULTITHREADING = "multithreading 0.3.52";

/** How a subject begins, once it is known where the two threads are. */
type Setup = (places: Places | undefined) => Promise<Running>;

type Contender = readonly [name: string, setup: Setup];

/** A module of `duels/`. */
function duel(file: string): Setup {
  const { href } = new URL(`./duels/${file}.ts`, import.meta.url);
  return (places) => startDuel(href, places);
}

/** A loop of this thread, by a function of a module that is loaded when it is set up. */
function alone<M>(
  load: () => Promise<M>,
  pick: (module: M) => () => Promise<Loop> | Loop,
): Setup {
  return async () => await startAlone(pick(await load()));
}

const mutexAlone = (
  pick: (
    module: typeof import("./mutex_alone.ts"),
  ) => () => Promise<Loop> | Loop,
) => alone(() => import("./mutex_alone.ts"), pick);

const multithreading = (name: "mutex" | "barrier" | "stream"): Contender => [
  MULTITHREADING,
  async () => await (await import("./multithreading.ts"))[name](),
];

const postMessage = (message: unknown): Contender => [
  "raw postMessage",
  async () => await (await import("./post_message.ts")).stream(message),
];

/** What one thread does alone; the first is the baseline. */
const ALONE: Readonly<Record<string, readonly Contender[]>> = {
  "mutex/alone": [
    ["two compare-and-exchange (floor)", mutexAlone((m) => m.floor)],
    ["kindred lock, unlock", mutexAlone((m) => m.lockUnlock)],
    ["kindred withLock", mutexAlone((m) => m.withLock)],
    ["kindred using", mutexAlone((m) => m.guard)],
    ["kindred lockAsync", mutexAlone((m) => m.lockAsync)],
    ["async-mutex 0.5.0", mutexAlone((m) => m.asyncMutex)],
    [MULTITHREADING, mutexAlone((m) => m.multithreading)],
  ],
};

/** A number there and back; the first is the baseline. */
const PING_PONG: readonly Contender[] = [
  ["Atomics.wait", duel("ping_pong_wait")],
  ["kindred Channel", duel("ping_pong_channel")],
];

/** What two threads do; the first is the baseline. */
const DUELS: Readonly<Record<string, readonly Contender[]>> = {
  "mutex/contended": [
    ["spin lock (floor)", duel("mutex_spin")],
    ["kindred", duel("mutex_kindred")],
    multithreading("mutex"),
  ],
  "rw-lock/read": [
    ["a count in one word", duel("read_one_word")],
    ["kindred", duel("read_kindred")],
  ],
  "counter": [
    ["kindred SharedCounter", duel("counter_shared")],
    ["kindred StripedCounter", duel("counter_striped")],
  ],
  "barrier": [
    ["spinning words (floor)", duel("barrier_spin")],
    ["kindred", duel("barrier_kindred")],
    ["count and sleep", duel("barrier_futex")],
    multithreading("barrier"),
  ],
  "ring/i32": [
    ["bare ring (floor)", duel("ring_floor")],
    ["bare ring that rests (floor)", duel("ring_floor_rests")],
    ["kindred SpscRing", duel("ring_kindred")],
    ["ringbuf.js 0.4.0", duel("ring_ringbuf")],
    postMessage(1),
  ],
  "ring/i32-bulk-64": [
    ["bare ring, one by one", duel("ring_floor")],
    ["kindred SpscRing", duel("ring_kindred_bulk")],
    ["ringbuf.js 0.4.0", duel("ring_ringbuf_bulk")],
  ],
  "ring/window-of-16": [
    ["two counts (floor)", duel("window_floor")],
    ["kindred SpscRing", duel("window_kindred")],
  ],
  "queue/f64": [
    ["bare ring (floor)", duel("ring_floor")],
    ["bare ring that rests (floor)", duel("ring_floor_rests")],
    ["kindred MpmcQueue", duel("queue_kindred")],
    ["kindred Channel", duel("channel_array")],
    ["kindred Channel, single", duel("channel_single")],
    ["kindred Channel, no limit", duel("channel_unbounded")],
    ["kindred Channel, rendezvous", duel("channel_rendezvous")],
    multithreading("stream"),
    postMessage(0.5),
  ],
  "bytes/64": [
    postMessage(new Uint8Array(64)),
    ["bare ring that rests (floor)", duel("bytes_floor")],
    ["kindred ByteRing", duel("bytes_kindred")],
  ],
  "bytes/64-KiB": [
    ["set() there and back (floor)", duel("bytes_set")],
    ["kindred ByteRing", duel("bytes_kindred_64_kib")],
    postMessage(new Uint8Array(64 * 1024)),
  ],
  "ping-pong": [
    ["spinning word (floor)", duel("ping_pong_spin")],
    ...PING_PONG,
    [
      "raw postMessage",
      async () => await (await import("./post_message.ts")).pingPong(),
    ],
  ],
};

/** Where nobody may spin: both threads on one processor, so each operation takes a sleep. */
const ONE_PROCESSOR: Readonly<Record<string, readonly Contender[]>> = {
  "one-processor/barrier": [
    ["count and sleep", duel("barrier_futex")],
    ["the same in slices (floor)", duel("barrier_slices")],
    ["kindred", duel("barrier_kindred")],
  ],
  "one-processor/ping-pong": [
    ...PING_PONG,
    ["Atomics.wait in slices (floor)", duel("ping_pong_slices")],
  ],
};

function subjects(
  contenders: readonly Contender[],
  places: Places | undefined,
): Subject[] {
  return contenders.map(([name, setup]) => ({
    name,
    setup: () => setup(places),
  }));
}

function scenario(
  name: string,
  contenders: readonly Contender[],
  places: Places | undefined,
): Scenario {
  return {
    name,
    unit: nanoseconds,
    baseline: contenders[0]![0],
    subjects: subjects(contenders, places),
  };
}

function scenarios(place: Placement): Scenario[] {
  const { pair, reason } = place;
  const places = pair && { here: pair.caller, there: pair.worker };
  const together = pair && { here: pair.caller, there: pair.caller };
  const arrange = () => place.pinCaller();
  const note = pair === undefined
    ? `two threads; nobody is pinned: ${reason}`
    : `two threads, pinned to processors ${pair.caller} and ${pair.worker}; those of peers are free`;
  return [
    ...Object.entries(ALONE).map(([name, contenders]) =>
      scenario(name, contenders, undefined)
    ),
    ...Object.entries(DUELS).map(([name, contenders]) => ({
      ...scenario(name, contenders, places),
      note,
      arrange,
    })),
    ...(pair === undefined
      ? []
      : Object.entries(ONE_PROCESSOR).map(([name, contenders]) => ({
        ...scenario(name, contenders, together),
        note: `two threads, both pinned to processor ${pair.caller}`,
        arrange,
      }))),
  ];
}

/** Shared memory: locks, barriers, rings, queues and channels, alone and between two threads. */
export const sync: Area = {
  name: "sync",
  summary:
    "locks, barriers, rings, queues and channels, alone and between two threads",
  async scenarios(): Promise<Scenario[]> {
    return scenarios(await placement());
  },
};
