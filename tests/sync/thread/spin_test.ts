import {
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
import { sleepingBy } from "../sleeping.ts";

/** How many tries a wait makes that another thread ends after a short sleep. */
function tries(
  waker: number,
  events: EventCount = new EventCount(sliceOf(EVENT_COUNT_SIZE)),
): number {
  const once = () => {
    let count = 0;
    let awake = false;
    // Instead of a sleep: the other thread makes the change, and says so.
    const change = () => {
      awake = true;
      runAs(waker, () => events.signal());
      return "ok" as const;
    };
    sleepingBy(
      change,
      () =>
        events.wait(() => (count++, awake || undefined), { action: "test" }),
    );
    return count;
  };
  once();
  return once();
}

Deno.test("Spinner follows longer waits quickly, and shorter ones slowly", {
  // One processor.
  ignore: spinLimit.rounds === 0,
}, () => {
  const spinner = new Spinner();
  const most = spinLimit.rounds;
  // What is late now and then is waited for.
  for (let k = 0; k < 100; k++) spinner.succeeded(0);
  assertGreater(spinner.rounds, most / 2);
  for (let k = 0; k < 10_000; k++) spinner.succeeded(0);
  assertLess(spinner.rounds, most / 10);
  for (let k = 0; k < 5; k++) spinner.succeeded(most / 2);
  assertGreater(spinner.rounds, most / 2);
});

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

Deno.test(
  "EventCount.wait() spins again once the thread that wakes it has moved elsewhere",
  {
    // One processor.
    ignore: spinLimit.rounds === 0,
  },
  () => {
    const { threads, id } = currentThread();
    using other = claimOther();
    const before = threads.processorOf(id);
    const events = new EventCount(sliceOf(EVENT_COUNT_SIZE));
    try {
      threads.setProcessor(id, 0);
      threads.setProcessor(other.id, 0);
      for (let k = 0; k < 20; k++) assertEquals(tries(other.id, events), 2);
      threads.setProcessor(other.id, 1);
      let waits = 0;
      while (tries(other.id, events) === 2) assertLess(++waits, 8);
    } finally {
      threads.setProcessor(id, before);
    }
  },
);
