/**
 * Model tests of `Deque`: threads that are lost. Bounds: an owner that is lost at
 * any step of a call, then its successor with two calls, against a thief with two;
 * a thief that is lost, against an owner with two calls. All interleavings;
 * positions from 0 and near 2^31.
 */

import { assert, assertEquals } from "@std/assert";
import { Deque } from "../../sync/queue/deque.ts";
import type { DequeHandle } from "../../sync/queue/deque_layout.ts";
import { becomeThread } from "../../sync/thread/thread.ts";
import {
  assertHistory,
  broken,
  crew,
  dequeAt,
  drain,
  type Edits,
  emptied,
  enter,
  explored,
  modelOf,
  type Options,
  ORDERS,
  type OwnerCall,
  owns,
  STEALS,
} from "./deque_program.ts";
import { ModelError } from "./explorer.ts";
import type { Edit } from "./explorer/mutant.ts";
import { type HistoryEvent, linearizable } from "./linearizable.ts";

/** What stands in a history where the thread of the call before was lost. */
const DEATH = "death";

/**
 * Asserts the same of a history in which a thread was lost in a call: all or
 * nothing of that was done by the moment of the loss, which is a call of its own.
 */
function assertLostHistory(
  history: readonly HistoryEvent<unknown, unknown>[],
  rest: readonly number[],
  options: Options,
): void {
  const death = history.find(({ input }) => input === DEATH);
  if (death === undefined) return assertHistory(history, rest, options);
  const others = history.filter(({ input, ret }) =>
    input !== DEATH && ret !== Infinity
  );
  const lost = history.find(({ ret }) => ret === Infinity)!;
  const model = modelOf(options);
  const same = (expected: unknown, actual: unknown) =>
    actual === DEATH || expected === actual;
  const done = { ...lost, ret: death.ret, output: DEATH };
  const nothing = [...others, ...emptied(history, rest)];
  const all = [done, ...nothing];
  assert(
    [nothing, all].some((each) => linearizable(each, { ...model, same })),
    JSON.stringify(all),
  );
}

const DIES = "if (globalThis.dies?.()) throw globalThis.dies;";

/**
 * The owner is lost in a call, at the place that the edit says; then another
 * thread owns the deque, while a thief goes on. Of the first one's call nothing
 * or all is left, and of the others' nothing is missing.
 */
async function losing(
  edits: Edits,
  dying: OwnerCall,
  next: readonly OwnerCall[],
  options: Options,
): Promise<void> {
  const module = await broken(edits);
  const scope = globalThis as { dies?: unknown };
  const ends = new Set<string>();
  let mayDie = false;
  scope.dies = Object.assign(() => mayDie, {});
  try {
    await explored<DequeHandle>({
      enter: (thread) => {
        mayDie = false;
        becomeThread(crew[thread]!);
      },
      setup: () => {
        mayDie = false;
        return dequeAt({ ...options, module });
      },
      threads: [
        (handle, thread) => {
          const deque = module.Deque.from(handle);
          const owner = deque.owner();
          let end = "done";
          try {
            thread.call(dying, () => {
              mayDie = true;
              const result = owns(owner, dying);
              mayDie = false;
              return result;
            });
          } catch (error) {
            mayDie = false;
            if (error !== scope.dies) throw error;
            end = "lost";
            thread.call(DEATH, () => {});
          }
          const { threads, id } = crew[0]!;
          threads.markLost(id);
          becomeThread(crew[2]!);
          const successor = module.Deque.from(handle).owner();
          for (const call of next) {
            thread.call(call, () => owns(successor, call));
          }
          return end;
        },
        (handle, thread) => {
          const deque = module.Deque.from(handle);
          return STEALS.map((call) =>
            thread.call(call, () => deque.trySteal())
          );
        },
      ],
      check: (handle, [end], history) => {
        mayDie = false;
        ends.add(end as string);
        assertLostHistory(history, drain(Deque.from(handle)), options);
      },
      timeouts: 0,
      preemptions: Infinity,
    });
  } finally {
    delete scope.dies;
  }
  assert(ends.has("lost"), [...ends].join());
}

/** Puts a text before or after another one that occurs once. */
function before(text: string, what = DIES): Edit {
  return [text, `${what} ${text}`];
}
function after(text: string, what = DIES): Edit {
  return [text, `${text} ${what}`];
}

const NEXT: readonly OwnerCall[] = [["tryPush", 5], ["tryPop"]];

Deno.test("DequeOwner.tryPop() lost at any step leaves the others whole", async () => {
  const steps: readonly Edit[] = [
    after("Atomics.store(words, BOTTOM, newest);"),
    after("const others = (newest - top) | 0;"),
    before("if (mine) slots.read(newest, into, 0);"),
    after("Atomics.store(words, BOTTOM, end);"),
  ];
  for (const [k, step] of steps.entries()) {
    for (const initial of k < 2 ? [[7], [7, 8]] : [[7]]) {
      for (const position of [0, 2 ** 31]) {
        await losing({ end: [step] }, ["tryPop"], NEXT, {
          initial,
          position,
          capacity: initial.length,
        });
      }
    }
  }
});

Deno.test("DequeOwner.tryPop() of the oldest lost at any step leaves the others whole", async () => {
  const steps: readonly Edit[] = [
    before("const next = (top + count) | 0;"),
    [
      "if (Atomics.compareExchange(words, TOP, top, next) === top) return count;",
      `if (Atomics.compareExchange(words, TOP, top, next) === top) { ${DIES} return count; }`,
    ],
  ];
  for (const step of steps) {
    await losing({ slots: [step] }, ["tryPop"], NEXT, {
      order: "fifo",
      initial: [7, 8],
    });
  }
});

Deno.test("DequeOwner.tryPush() lost at any step adds all or nothing", async () => {
  const steps: readonly Edits[] = [
    { slots: [after("Atomics.store(words, slot + k, from[offset + k]!);")] },
    { end: [before("Atomics.store(this.slots.words, BOTTOM, this.#bottom);")] },
    { end: [after("Atomics.store(this.slots.words, BOTTOM, this.#bottom);")] },
  ];
  for (const order of ORDERS) {
    for (const step of steps) {
      await losing(step, ["tryPush", 0.5], NEXT, {
        order,
        record: "f64",
        initial: [7],
      });
    }
  }
});

Deno.test("Deque.trySteal() lost at any step costs no more than what it took", async () => {
  const steps: readonly Edit[] = [
    before("const next = (top + count) | 0;"),
    [
      "if (Atomics.compareExchange(words, TOP, top, next) === top) return count;",
      `if (Atomics.compareExchange(words, TOP, top, next) === top) { ${DIES} return count; }`,
    ],
  ];
  const scope = globalThis as { dies?: unknown };
  for (const [taken, step] of steps.entries()) {
    const module = await broken({ slots: [step] });
    for (const order of ORDERS) {
      const options = { order, initial: [7, 8] };
      scope.dies = () => true;
      try {
        await explored<DequeHandle>({
          enter,
          setup: () => dequeAt(options),
          threads: [
            (handle, thread) => {
              const owner = Deque.from(handle).owner();
              const mine: OwnerCall[] = [["tryPop"], ["tryPush", 5]];
              for (const call of mine) {
                thread.call(call, () => owns(owner, call));
              }
            },
            (handle, thread) => {
              const deque = module.Deque.from(handle);
              try {
                thread.call(["trySteal"], () => deque.trySteal());
              } catch (error) {
                if (error !== scope.dies) throw error;
                thread.call(DEATH, () => {});
              }
            },
          ],
          check: (handle, _, history) => {
            const rest = drain(Deque.from(handle));
            assertEquals(rest.length, 2 - taken);
            assertLostHistory(history, rest, options);
          },
          preemptions: Infinity,
        });
      } finally {
        delete scope.dies;
      }
    }
  }
});

Deno.test("Deque: the checker finds a successor that trusts the bottom of a lost owner", async () => {
  const trusts: Edit = [
    "if (((bottom - top) | 0) > 0) return;",
    "if (((bottom - top) | 0) >= 0) return;",
  ];
  const dies = after("Atomics.store(words, BOTTOM, newest);");
  const error = await losing({ end: [trusts, dies] }, ["tryPop"], NEXT, {
    initial: [7],
  }).then(() => undefined, (error) => error);
  assert(error instanceof ModelError);
  assertEquals(error.violation, "exception");
});
