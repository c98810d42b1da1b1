import { assertEquals } from "@std/assert";
import { countEntries, takeEntry } from "../../../sync/channel/end_entries.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { claimOther } from "../other_thread.ts";

const MOST = 3;
const USED = 1;
const ENTRIES = 2;

Deno.test("takeEntry() gives the first free entry, and none where all are taken", () => {
  const { threads, id } = currentThread();
  // One word more than there are entries.
  const words = new Int32Array(new SharedArrayBuffer(4 * (ENTRIES + MOST + 1)));
  const take = () => takeEntry(words, MOST, { threads, id });
  assertEquals(countEntries(words, threads), 0);
  assertEquals([take(), take(), take(), take()], [0, 1, 2, undefined]);
  assertEquals([...words], [0, MOST, id, id, id, 0]);
  assertEquals(countEntries(words, threads), MOST);
  Atomics.store(words, ENTRIES + 1, 0);
  assertEquals(countEntries(words, threads), 2);
  assertEquals([take(), take()], [1, undefined]);
  assertEquals(words[USED], MOST);
});

Deno.test("takeEntry() gives the entry of a lost thread, which does not count", () => {
  const { threads, id } = currentThread();
  const words = new Int32Array(new SharedArrayBuffer(4 * (ENTRIES + MOST)));
  using other = claimOther();
  takeEntry(words, MOST, { threads, id: other.id });
  assertEquals(takeEntry(words, MOST, { threads, id }), 1);
  assertEquals(countEntries(words, threads), 2);
  threads.markLost(other.id);
  assertEquals(countEntries(words, threads), 1);
  assertEquals(takeEntry(words, MOST, { threads, id }), 0);
  assertEquals([...words], [0, 2, id, id, 0]);
});
