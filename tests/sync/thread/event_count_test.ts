import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  EVENT_COUNT_SIZE,
  EventCount,
} from "../../../sync/thread/event_count.ts";
import { sliceOf } from "../memory.ts";

const OPTIONS = { action: "wait", timeout: 10_000 };

/** An event count, its word, and something to wait for. */
function make(): { count: EventCount; word: Int32Array; open: boolean } {
  const slice = sliceOf(EVENT_COUNT_SIZE);
  const word = new Int32Array(slice.buffer, 0, 1);
  return { count: new EventCount(slice), word, open: false };
}

Deno.test("EventCount.signal() changes nothing while nobody sleeps", () => {
  const { count, word } = make();
  count.signal();
  assertEquals(word[0], 0);
});

Deno.test("EventCount.signal() tells who sleeps once, not until they have run", async () => {
  const gate = make();
  const { count, word } = gate;
  const waiting = [1, 2].map(() =>
    count.waitAsync(() => gate.open || undefined, OPTIONS)
  );
  const asleep = word[0]!;
  assertNotEquals(asleep, 0);
  gate.open = true;
  count.signal();
  const told = word[0]!;
  assertNotEquals(told, asleep);
  count.signal();
  assertEquals(word[0], told);
  assertEquals(await Promise.all(waiting), [true, true]);
});

Deno.test("EventCount wakes who sleeps again after each event", async () => {
  const gate = make();
  let looks = 0;
  const waiting = gate.count.waitAsync(() => {
    looks++;
    return gate.open || undefined;
  }, OPTIONS);
  for (let k = 0; k < 3; k++) {
    const before = looks;
    gate.count.signal();
    while (looks === before) await new Promise((done) => setTimeout(done));
  }
  gate.open = true;
  gate.count.signal();
  assert(await waiting);
});

for (const event of [0x7ffffffc, -4, 0x3ffffffc]) {
  Deno.test(`EventCount goes on when its word passes ${event}`, async () => {
    const gate = make();
    gate.word[0] = event;
    for (let k = 0; k < 3; k++) {
      gate.open = false;
      const waiting = gate.count.waitAsync(
        () => gate.open || undefined,
        OPTIONS,
      );
      gate.open = true;
      gate.count.signal();
      assert(await waiting);
    }
    assertNotEquals(gate.word[0], event);
  });
}

Deno.test("EventCount: a wait that is given up leaves one signal in vain at most", async () => {
  const { count, word } = make();
  const abort = new AbortController();
  const waiting = count.waitAsync(() => undefined, {
    action: "wait",
    signal: abort.signal,
  });
  abort.abort();
  const error = await waiting.then(() => undefined, (error) => error);
  assertEquals((error as DOMException).name, "AbortError");
  count.signal();
  const after = word[0];
  count.signal();
  assertEquals(word[0], after);
});
