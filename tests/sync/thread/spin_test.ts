import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import {
  EVENT_COUNT_SIZE,
  EventCount,
} from "../../../sync/thread/event_count.ts";
import { spinLimit, Spinner } from "../../../sync/thread/spin.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { sliceOf } from "../memory.ts";
import { claimOther, runAs } from "../other_thread.ts";

/** How long the rests are of so many waits, each of which finds so much. */
function rests(
  spinner: Spinner,
  waits: number,
  { steps, room }: { readonly steps: number; readonly room?: number },
): number[] {
  const found: number[] = [];
  for (let k = 0; k < waits; k++) {
    spinner.begin(k * steps, room);
    found.push(spinner.rest());
  }
  return found;
}

Deno.test("Spinner rests for one pause where one step follows another, but for a try now and then", () => {
  const found = rests(new Spinner(), 1000, { steps: 1 });
  const tries = found.flatMap((rest, k) => rest > 1 ? [k] : []);
  assertGreater(tries.length, 1);
  const between = tries.slice(1).map((at, k) => at - tries[k]!);
  assertEquals(between, between.toSorted((a, b) => a - b));
  assertGreater(between.at(-1)!, between[0]!);
});

Deno.test("Spinner goes on to rest where several steps follow a rest", () => {
  const found = rests(new Spinner(), 100, { steps: 5 });
  const first = found.findIndex((rest) => rest > 1);
  assertGreater(first, 0);
  assertEquals(new Set(found.slice(first)).size, 1);
});

Deno.test("Spinner rests longer for room, as far as there is much to take", () => {
  const longest = (room: number) =>
    Math.max(...rests(new Spinner(), 100, { steps: 5, room }));
  assertEquals(longest(4), longest(0));
  assertGreater(longest(1024), longest(0));
  assert(longest(200) <= 50);
  assertEquals(longest(2 ** 24), longest(2 ** 20));
});

Deno.test("Spinner counts steps across 2^31 and 2^32", () => {
  const spinner = new Spinner();
  let progress = 2 ** 31 - 50;
  for (let k = 0; k < 20; k++) {
    spinner.begin(progress | 0);
    progress += 5;
  }
  assertGreater(spinner.rest(), 1);
});

/** How many tries a wait makes that another thread ends after a short sleep. */
function tries(waker: number): number {
  const events = new EventCount(sliceOf(EVENT_COUNT_SIZE));
  const { wait } = Atomics;
  let count = 0;
  let awake = false;
  const once = () => {
    count = 0;
    awake = false;
    // Instead of a sleep: the other thread makes the change, and says so.
    Atomics.wait = () => {
      awake = true;
      runAs(waker, () => events.signal());
      return "ok";
    };
    try {
      events.wait(() => (count++, awake || undefined), { action: "test" });
    } finally {
      Atomics.wait = wait;
    }
    return count;
  };
  once();
  return once();
}

Deno.test("EventCount.wait() spins less where waits run out of time", {
  // One processor.
  ignore: spinLimit.rounds === 0,
}, () => {
  const events = new EventCount(sliceOf(EVENT_COUNT_SIZE));
  const triesUntilTimeout = () => {
    let count = 0;
    const attempt = () => void count++;
    assertThrows(
      () => events.wait(attempt, { action: "test", timeout: 0.01 }),
      DOMException,
    );
    return count;
  };
  const first = triesUntilTimeout();
  assertGreater(first, spinLimit.rounds / 100);
  let last = first;
  for (let k = 0; k < 30; k++) last = triesUntilTimeout();
  // Those of the sleep are among them.
  assertLess(last, first / 4);
});

Deno.test("EventCount.wait() spins, but not for a thread that runs on this processor", () => {
  const { threads, id } = currentThread();
  using other = claimOther();
  const before = threads.processorOf(id);
  try {
    threads.setProcessor(id, 0);
    threads.setProcessor(other.id, 1);
    assertGreater(tries(other.id), spinLimit.rounds / 100);
    threads.setProcessor(other.id, 0);
    assertEquals(tries(other.id), 2);
  } finally {
    threads.setProcessor(id, before);
  }
});
