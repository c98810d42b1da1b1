import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HandleTickets } from "../../linked/handle_tickets.ts";
import { hold, release } from "../../sync/thread/keep_alive.ts";
import { wordsOf } from "../../sync/memory/memory.ts";

const COUNT = 4;
/** The word that counts changes: see the folder's README. */
const CHANGES = 1;

const STARTS = [0, 2 ** 31 - 2, -2];

/** A plain model: what each ticket is. */
type Ticket = "free" | "travelling" | number;

interface Step {
  readonly what: "issue" | "take" | "withdraw" | "giveBack" | "lose" | "look";
  readonly ticket: number;
  readonly thread: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom(
    "issue",
    "take",
    "withdraw",
    "giveBack",
    "lose",
    "look",
  ),
  ticket: fc.nat(COUNT - 1),
  thread: fc.integer({ min: 1, max: 3 }),
});

Deno.test("HandleTickets are what a plain model says", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...STARTS),
      fc.array(step, { maxLength: 40 }),
      (start, steps) => {
        const tickets = HandleTickets.allocate(COUNT);
        Atomics.store(wordsOf(tickets.memory, CHANGES + 1), CHANGES, start);
        // As another thread sees the same memory.
        const there = new HandleTickets(tickets.memory, COUNT);
        const model: Ticket[] = new Array(COUNT).fill("free");
        const lost = new Set<number>();
        const isLive = (thread: number) => thread > 0 && !lost.has(thread);
        for (const { what, ticket, thread } of steps) {
          const now = model[ticket];
          if (what === "issue") {
            const free = model.indexOf("free");
            if (free < 0) assertThrows(() => there.issue(), RangeError);
            else {
              assertEquals(there.issue(), free);
              model[free] = "travelling";
            }
          } else if (what === "take") {
            assertEquals(there.take(ticket, thread), now === "travelling");
            if (now === "travelling") model[ticket] = thread;
          } else if (what === "withdraw") {
            assertEquals(there.withdraw(ticket), now === "travelling");
            if (now === "travelling") model[ticket] = "free";
          } else if (what === "giveBack") {
            there.giveBack(ticket, thread);
            if (now === thread) model[ticket] = "free";
          } else if (what === "lose") lost.add(thread);
          else {
            const isHeld = (it: Ticket) =>
              it === "travelling" || (it !== "free" && isLive(it));
            assertEquals(tickets.areFree(isLive), !model.some(isHeld));
            // Those of the lost are freed up to the first one that is held.
            for (const [k, it] of model.entries()) {
              if (isHeld(it)) break;
              model[k] = "free";
            }
          }
        }
      },
    ),
  );
});

Deno.test("HandleTickets.whenFree() ends at once, later, or not if nobody wants it", async () => {
  hold(); // the event loop: the waits do not
  for (const start of STARTS) {
    const tickets = HandleTickets.allocate(COUNT);
    Atomics.store(wordsOf(tickets.memory, CHANGES + 1), CHANGES, start);
    const ends: string[] = [];
    let isWanted = true;
    const wait = (name: string) =>
      tickets.whenFree({
        isLive: () => true,
        isWanted: () => isWanted,
        end: () => void ends.push(name),
      });
    const first = wait("at once");
    assertEquals(ends, ["at once"]);
    await first;
    const ticket = tickets.issue();
    assert(tickets.take(ticket, 7));
    const later = wait("later");
    tickets.giveBack(ticket, 8);
    assertEquals(ends, ["at once"]);
    tickets.giveBack(ticket, 7);
    await later;
    assertEquals(ends, ["at once", "later"]);
    tickets.issue();
    const never = wait("never");
    isWanted = false;
    await never;
    assertEquals(ends.length, 2);
  }
  release();
});

Deno.test("HandleTickets.isOver tells everybody that the instance is gone", () => {
  const tickets = HandleTickets.allocate(COUNT);
  const there = new HandleTickets(tickets.memory, COUNT);
  assertFalse(there.isOver);
  tickets.end();
  assert(there.isOver);
});
