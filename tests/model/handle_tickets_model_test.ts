/**
 * Model tests of the tickets of handles that are elsewhere. Bounds: the owner, one
 * thread that hands its handle on and one that gets it, two tickets: three preemptions;
 * all interleavings of the other programs.
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { HandleTickets } from "../../linked/handle_tickets.ts";
import { allocate } from "../../sync/memory/arena.ts";
import { type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";
import { explore, type Program, type Violation } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";

type TicketsClass = typeof HandleTickets;

const COUNT = 2;
const SENDER = 5;
const RECEIVER = 6;
const MAIL = 0;
const LOST = 0;

interface Shared {
  readonly memory: SharedSlice;
  /** What the threads tell each other besides. */
  readonly words: SharedSlice;
}

/** Two tickets of which the sender has the second one: what it issues lies before. */
function withSecondTicket(tickets: TicketsClass): Shared {
  const made = tickets.allocate(COUNT);
  const first = made.issue();
  assert(made.take(made.issue(), SENDER));
  assert(made.withdraw(first));
  return { memory: made.memory, words: allocate(4) };
}

/** A handle is handed on, and the one gives its own back who did that. */
function handsOn(tickets: TicketsClass = HandleTickets): Program<Shared> {
  return {
    setup: () => withSecondTicket(tickets),
    threads: [
      async ({ memory }) => {
        const mine = new tickets(memory, COUNT);
        await mine.whenFree({
          isLive: () => true,
          isWanted: () => true,
          end: () => mine.end(),
        });
        return "disposed";
      },
      ({ memory, words }) => {
        const mine = new tickets(memory, COUNT);
        const mail = wordsOf(words, 1);
        Atomics.store(mail, MAIL, mine.issue() + 1);
        Atomics.notify(mail, MAIL);
        mine.giveBack(1, SENDER);
        return "handed on";
      },
      ({ memory, words }) => {
        const mine = new tickets(memory, COUNT);
        const mail = wordsOf(words, 1);
        let ticket = Atomics.load(mail, MAIL);
        while (ticket === 0) {
          Atomics.wait(mail, MAIL, 0);
          ticket = Atomics.load(mail, MAIL);
        }
        const isTaken = mine.take(ticket - 1, RECEIVER);
        const isOver = mine.isOver;
        mine.giveBack(ticket - 1, RECEIVER);
        return isTaken && !isOver ? "used" : "too late";
      },
    ],
    check: (_, results) =>
      assertEquals(results, ["disposed", "handed on", "used"]),
    timeouts: 0,
    preemptions: 3,
  };
}

/** Two threads issue tickets at the same time. */
function issues(tickets: TicketsClass = HandleTickets): Program<Shared> {
  const issue = ({ memory }: Shared) => new tickets(memory, COUNT).issue();
  return {
    setup: () => ({
      memory: tickets.allocate(COUNT).memory,
      words: allocate(4),
    }),
    threads: [issue, issue],
    check: (_, [one, other]) => assertNotEquals(one, other),
    preemptions: Infinity,
  };
}

/** A thread gives its ticket back that is taken for lost, while another one issues it. */
function givesBackLate(tickets: TicketsClass = HandleTickets): Program<Shared> {
  return {
    setup: () => {
      const made = tickets.allocate(COUNT);
      assert(made.take(made.issue(), RECEIVER));
      assert(made.take(made.issue(), SENDER));
      return { memory: made.memory, words: allocate(4) };
    },
    threads: [
      ({ memory }) =>
        new tickets(memory, COUNT).areFree((thread) => thread === SENDER),
      ({ memory }) => {
        new tickets(memory, COUNT).giveBack(0, RECEIVER);
      },
      ({ memory }) => {
        const mine = new tickets(memory, COUNT);
        try {
          return mine.issue();
        } catch (error) {
          if (error instanceof RangeError) return -1; // none was free yet
          throw error;
        }
      },
    ],
    check: ({ memory }, [areFree, , issued]) => {
      assertEquals(areFree, false);
      const mine = new tickets(memory, COUNT);
      if (issued === 0) assert(mine.take(0, RECEIVER));
    },
    preemptions: Infinity,
  };
}

Deno.test("HandleTickets.whenFree() ends when nobody has a handle any more, and not before (L16)", async () => {
  const { complete } = await explore(handsOn());
  assert(complete);
});

Deno.test("HandleTickets.issue() gives no ticket twice", async () => {
  const { complete } = await explore(issues());
  assert(complete);
});

Deno.test("HandleTickets: a ticket that a lost thread gives back late is another one's by then", async () => {
  const { complete } = await explore(givesBackLate());
  assert(complete);
});

Deno.test("HandleTickets.whenFree() ends when a thread is lost that has taken a ticket (L16)", async () => {
  const isLive = (words: SharedSlice) => () =>
    Atomics.load(wordsOf(words, 1), LOST) === 0;
  const { complete } = await explore<Shared>({
    setup: () => {
      const made = HandleTickets.allocate(COUNT);
      made.issue();
      return { memory: made.memory, words: allocate(4) };
    },
    threads: [
      async ({ memory, words }) => {
        const mine = new HandleTickets(memory, COUNT);
        let end = "waiting";
        await mine.whenFree({
          isLive: isLive(words),
          isWanted: () => true,
          end: () => end = "disposed",
        });
        return end;
      },
      // It takes its ticket, issues another one or not, and is gone.
      ({ memory }) => new HandleTickets(memory, COUNT).take(0, RECEIVER),
      ({ words }) => {
        Atomics.store(wordsOf(words, 1), LOST, 1);
      },
    ],
    check: (_, [owner]) => assertEquals(owner, "disposed"),
    timeouts: 2,
    expireTimeouts: [0],
    preemptions: Infinity,
  });
  assert(complete);
});

type Mistakes = Readonly<
  Record<
    string,
    [Violation, (tickets: TicketsClass) => Program<Shared>, ...Edit[]]
  >
>;

const BROKEN: Mistakes = {
  "a ticket that is issued without a change": ["exception", handsOn, [
    "Atomics.add(this.#words, CHANGES, 1);\n      return",
    "return",
  ]],
  "an owner that looks only once at what may change": ["exception", handsOn, [
    "if (Atomics.load(this.#words, CHANGES) === changes) return true;",
    "return true;",
  ]],
  "a ticket given back without a wake-up": ["deadlock", handsOn, [
    "Atomics.notify(this.#words, CHANGES);",
    "",
  ]],
  "a ticket given back without a change": ["deadlock", handsOn, [
    "Atomics.add(this.#words, CHANGES, 1);\n    Atomics.notify",
    "Atomics.notify",
  ]],
  "a wake-up before the change": ["deadlock", handsOn, [
    "Atomics.add(this.#words, CHANGES, 1);\n    Atomics.notify(this.#words, CHANGES);",
    "Atomics.notify(this.#words, CHANGES); Atomics.add(this.#words, CHANGES, 1);",
  ]],
  "an owner that sleeps on what it has not looked at": ["deadlock", handsOn, [
    "const changes = Atomics.load(this.#words, CHANGES);\n      if (this.areFree(isLive)) return end();",
    "if (this.areFree(isLive)) return end();\n      const changes = Atomics.load(this.#words, CHANGES);",
  ]],
  "a ticket found by a look": ["exception", issues, [
    "if (Atomics.compareExchange(this.#words, at, FREE, TRAVELLING) !== FREE) {",
    "if (Atomics.load(this.#words, at) !== FREE || Atomics.store(this.#words, at, TRAVELLING) === 0) {",
  ]],
  "an owner that frees the ticket of whoever has it": [
    "exception",
    givesBackLate,
    [
      "Atomics.compareExchange(this.#words, at, holder, FREE);",
      "Atomics.store(this.#words, at, FREE);",
    ],
  ],
  "a thread that frees the ticket of whoever has it": [
    "exception",
    givesBackLate,
    [
      "if (Atomics.compareExchange(this.#words, at, from, FREE) !== from) {\n      return false;\n    }",
      "Atomics.store(this.#words, at, FREE);",
    ],
  ],
};

for (const [name, [violation, program, ...edits]] of Object.entries(BROKEN)) {
  Deno.test(`the model finds ${name}`, async () => {
    const { HandleTickets } = await mutant<
      typeof import("../../linked/handle_tickets.ts")
    >("linked/handle_tickets.ts", edits);
    await refuses(violation, program(HandleTickets));
  });
}
