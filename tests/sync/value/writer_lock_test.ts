import { assertEquals } from "@std/assert";
import { WriterLock } from "../../../sync/value/writer_lock.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { claimOther, runAs } from "../other_thread.ts";

const CONTENDED = 1 << 31;

Deno.test("WriterLock.give() frees the word, contended or not", () => {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const lock = new WriterLock(words, 1);
  const { id } = currentThread();
  lock.take();
  assertEquals([...words], [0, id]);
  lock.give();
  assertEquals([...words], [0, 0]);
  lock.take();
  Atomics.or(words, 1, CONTENDED);
  lock.give();
  assertEquals([...words], [0, 0]);
});

Deno.test("WriterLock.give() leaves the lock to who took it over from a thread that is said to be lost", () => {
  const { threads, id } = currentThread();
  for (const contended of [0, CONTENDED]) {
    const words = new Int32Array(new SharedArrayBuffer(4));
    using other = claimOther();
    const theirs = runAs(other.id, () => new WriterLock(words, 0));
    const lock = new WriterLock(words, 0);
    theirs.take();
    Atomics.or(words, 0, contended);
    threads.markLost(other.id);
    lock.take();
    theirs.give();
    assertEquals(words[0]! & ~CONTENDED, id);
    lock.give();
    assertEquals(words[0], 0);
  }
});
