import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import { allocate } from "../../../sync/memory/arena.ts";
import {
  IdleThreads,
  idleThreadsSize,
} from "../../../sync/mail/idle_threads.ts";

function idleOf(slots: number): IdleThreads {
  return new IdleThreads(allocate(idleThreadsSize(slots)), slots);
}

Deno.test("IdleThreads.claim() goes round from the first slot on, as a plain set does", () => {
  const slots = fc.integer({ min: 1, max: 100 });
  const calls = fc.array(
    fc.tuple(fc.constantFrom("enter", "leave", "claim"), fc.nat(1000)),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(slots, calls, (count, list) => {
      const idle = idleOf(count);
      const asleep = new Set<number>();
      for (const [call, some] of list) {
        const slot = some % count;
        if (call === "enter") {
          idle.enter(slot);
          asleep.add(slot);
        } else if (call === "leave") {
          assertEquals(idle.leave(slot), asleep.delete(slot));
        } else {
          // A first slot that is out of range is like the one that it comes to.
          const words = 32 * Math.ceil(count / 32);
          const behind = (k: number) => (k - some % words + words) % words;
          const next = [...asleep].sort((a, b) => behind(a) - behind(b))[0];
          const claimed = idle.claim(some);
          assertEquals(claimed, next ?? -1);
          asleep.delete(claimed);
        }
        assertEquals(idle.isEmpty, asleep.size === 0);
      }
    }),
  );
});

Deno.test("IdleThreads.claim() takes each thread once, the 32nd of a word and the 1024th too", () => {
  const idle = idleOf(1024);
  for (const slot of [0, 31, 32, 63, 1023]) idle.enter(slot);
  const claimed = [31, 32, 33, 1023, 5, 0].map((first) => idle.claim(first));
  assertEquals(claimed, [31, 32, 63, 1023, 0, -1]);
});

Deno.test("IdleThreads.leave() says whether nobody had claimed the thread", () => {
  const idle = idleOf(3);
  assertFalse(idle.leave(1));
  idle.enter(1);
  assert(idle.leave(1));
  idle.enter(1);
  assertEquals(idle.claim(2), 1);
  assertFalse(idle.leave(1));
});
