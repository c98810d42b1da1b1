/**
 * Programs of a deque's owner and thieves, for model tests.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Deque } from "../../sync/queue/deque.ts";
import type { DequeOwner } from "../../sync/queue/deque_owner.ts";
import type { DequeHandle, DequeOrder } from "../../sync/queue/deque_layout.ts";
import { LINE, wordsOf } from "../../sync/memory/memory.ts";
import type { RecordKind } from "../../sync/record/record_type.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import { explore, type ModelThread, type Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import {
  type HistoryEvent,
  linearizable,
  type SequentialModel,
} from "./linearizable.ts";
import { crewOf } from "./program.ts";

/** The module, or a mutant of it. */
export type Module = Pick<typeof import("../../sync/queue/deque.ts"), "Deque">;
/** The module. */
export const ORIGINAL: Module = { Deque };

const TOP = LINE / 4;
const BOTTOM = 2 * LINE / 4;

/** What the owner calls. */
export type OwnerCall =
  | readonly ["tryPush" | "push" | "pushAsync", number]
  | readonly ["tryPop"];
/** What a thief calls. */
export type ThiefCall = readonly ["trySteal" | "steal" | "stealAsync"];
/** Either. */
export type Call = OwnerCall | ThiefCall;

/** What the deque is like. */
export interface Options {
  readonly order?: DequeOrder;
  readonly record?: RecordKind;
  readonly capacity?: number;
  /** Where the positions start. */
  readonly position?: number;
  /** What is in the deque at the start. */
  readonly initial?: readonly number[];
  readonly module?: Module;
}

/** The threads of the program that is explored. */
export let crew: CurrentThread[] = [];
/** Makes one of them the current thread. */
export const enter = (thread: number): void => becomeThread(crew[thread]!);

/** A deque and the threads that will use it. */
export function dequeAt(options: Options): DequeHandle {
  const { capacity = 2, position = 0, record = "i32", order } = options;
  crew = crewOf(4);
  becomeThread(crew[3]!);
  const { module = ORIGINAL } = options;
  const deque = new module.Deque(record, capacity, order && { order });
  const words = wordsOf(deque.handle, BOTTOM + 1);
  // An owner that finds none goes on by one.
  Atomics.store(words, TOP, (position - 1) | 0);
  Atomics.store(words, BOTTOM, (position - 1) | 0);
  const owner = deque.owner();
  for (const value of options.initial ?? []) assert(owner.tryPush(value));
  owner.release();
  return deque.handle;
}

/** What a deque does, one call at a time; a door returns when it can. */
export function modelOf(
  { capacity = 2, initial = [], order = "lifo" }: Options,
): SequentialModel<readonly number[], unknown, unknown> {
  return {
    init: initial,
    step: (state, input) => {
      const [name, value] = input as Call;
      switch (name) {
        case "tryPop":
          return order === "fifo"
            ? { state: state.slice(1), output: state[0] }
            : { state: state.slice(0, -1), output: state.at(-1) };
        case "trySteal":
          return { state: state.slice(1), output: state[0] };
        case "steal":
        case "stealAsync":
          return { state: state.slice(1), output: state[0] ?? "waits" };
        default: {
          const output = name === "tryPush" ? false : "waits";
          if (state.length === capacity) return { state, output };
          const done = name === "tryPush" ? true : undefined;
          return { state: [...state, value!], output: done };
        }
      }
    },
  };
}

/** The owner calls. */
export function owns(owner: DequeOwner, call: OwnerCall): unknown {
  return call[0] === "tryPop" ? owner.tryPop() : owner[call[0]](call[1]);
}

/** The calls that take what is left, after all others. */
export function emptied(
  history: readonly HistoryEvent<unknown, unknown>[],
  rest: readonly number[],
): HistoryEvent<unknown, unknown>[] {
  const times = history.flatMap(({ call, ret }) => [call, ret]);
  const end = Math.max(0, ...times.filter(Number.isFinite));
  return [...rest, undefined].map((output, k) => ({
    call: end + 2 * k + 1,
    ret: end + 2 * k + 2,
    input: ["trySteal"],
    output,
  }));
}

/** Asserts that a history, and what is left after it, are those of a deque. */
export function assertHistory(
  history: readonly HistoryEvent<unknown, unknown>[],
  rest: readonly number[],
  options: Options,
): void {
  const all = [...history, ...emptied(history, rest)];
  assert(linearizable(all, modelOf(options)), JSON.stringify(all));
}

/** Takes all that is left, by stealing. */
export function drain(deque: Deque): number[] {
  const rest: number[] = [];
  const { size } = deque;
  for (let value; (value = deque.trySteal()) !== undefined;) rest.push(value);
  assertEquals(rest.length, size);
  return rest;
}

/** An owner and thieves that call; every history must be one of a deque. */
export function calls(
  mine: readonly OwnerCall[],
  thieves: readonly (readonly ThiefCall[])[],
  options: Options = {},
): Program<DequeHandle> & { readonly ends: Set<string> } {
  const { module = ORIGINAL } = options;
  const ends = new Set<string>();
  const inTurn = async (
    thread: ModelThread,
    list: readonly Call[],
    run: (call: never) => unknown,
  ) => {
    const results: unknown[] = [];
    for (const call of list) {
      results.push(await thread.call(call, () => run(call as never)));
    }
    return results;
  };
  const atOnce = (
    thread: ModelThread,
    list: readonly Call[],
    run: (call: never) => unknown,
  ) => list.map((call) => thread.call(call, () => run(call as never)));
  const doer = (list: readonly Call[]) =>
    list.some(([name]) => name.endsWith("Async")) ? inTurn : atOnce;
  return {
    ends,
    enter,
    setup: () => dequeAt(options),
    threads: [
      (handle, thread) => {
        const owner = module.Deque.from(handle).owner();
        return doer(mine)(thread, mine, (call) => owns(owner, call));
      },
      ...thieves.map((list) => (handle: DequeHandle, thread: ModelThread) => {
        const deque = module.Deque.from(handle);
        return doer(list)(thread, list, ([name]: ThiefCall) => deque[name]());
      }),
    ],
    check: (handle, results, history) => {
      const deque = module.Deque.from(handle);
      assertHistory(history, drain(deque), options);
      ends.add(JSON.stringify(results));
    },
    timeouts: 0,
    preemptions: Infinity,
  };
}

/** Explores all of a program. */
export async function explored<S>(program: Program<S>): Promise<void> {
  const { complete } = await explore(program);
  assert(complete);
}

/** The same; it ends in more than one way. */
export async function holds(
  program: Program<DequeHandle> & { readonly ends: Set<string> },
): Promise<void> {
  await explored(program);
  assert(program.ends.size > 1, [...program.ends].join());
}

/** Both. */
export const ORDERS: readonly DequeOrder[] = ["lifo", "fifo"];
/** Calls that many programs make. */
export const STEALS: readonly ThiefCall[] = [["trySteal"], ["trySteal"]];
/** See {@linkcode STEALS}. */
export const STEAL: readonly ThiefCall[] = [["trySteal"]];
/** See {@linkcode STEALS}. */
export const PUSHES: readonly OwnerCall[] = [["tryPush", 1], ["tryPush", 2]];
/** See {@linkcode STEALS}. */
export const POPS: readonly OwnerCall[] = [["tryPop"], ["tryPop"]];

/** Which module an edit is to. */
export type Edits = Readonly<Partial<Record<"slots" | "end", readonly Edit[]>>>;

/** A deque with mistakes. */
export function broken({ slots = [], end = [] }: Edits): Promise<Module> {
  return mutant<Module>("sync/queue/deque.ts", [], {
    "sync/queue/deque_slots.ts": slots,
    "sync/queue/deque_end.ts": end,
    "sync/queue/deque_owner.ts": [],
  });
}

/** A batch goes from one deque to another one, while its owner takes, too. */
export function batches(
  options: Options & {
    readonly into?: DequeOrder;
    readonly pops?: number;
    readonly andPop?: boolean;
    readonly pushes?: readonly number[];
  },
): Program<{ from: DequeHandle; to: DequeHandle }> & {
  readonly ends: Set<string>;
} {
  const { order = "lifo", module = ORIGINAL, initial = [] } = options;
  const { into = order, pops = 1, andPop = false, pushes = [] } = options;
  const ends = new Set<string>();
  const all = [...initial, ...pushes];
  return {
    ends,
    enter,
    setup: () => {
      const from = dequeAt(options);
      const to = new module.Deque("i32", 4, { order: into }).handle;
      return { from, to };
    },
    threads: [
      ({ from }) => {
        const owner = module.Deque.from(from).owner();
        const taken: unknown[] = [];
        for (const value of pushes) assert(owner.tryPush(value));
        for (let k = 0; k < pops; k++) taken.push(owner.tryPop());
        return taken.filter((value) => value !== undefined);
      },
      ({ from, to }) => {
        const owner = module.Deque.from(to).owner();
        const victim = module.Deque.from(from);
        const first = andPop ? victim.stealBatchAndPop(owner) : undefined;
        const count = andPop ? 0 : victim.stealBatch(owner);
        const taken = first === undefined ? [] : [first];
        for (let value; (value = owner.tryPop()) !== undefined;) {
          taken.push(value);
        }
        if (!andPop) assertEquals(taken.length, count);
        owner.release();
        return taken;
      },
    ],
    check: ({ from }, results) => {
      const [kept, stolen] = results as [number[], number[]];
      const rest = drain(module.Deque.from(from));
      assertEquals([...kept, ...stolen, ...rest].toSorted(), all.toSorted());
      // What was stolen is older than what is left, and comes out in the order of
      // the deque that it was stolen from.
      const oldest = stolen.toSorted();
      assertEquals(stolen, order === "fifo" ? oldest : oldest.toReversed());
      assert(rest.every((value) => value > (oldest.at(-1) ?? -1)));
      ends.add(JSON.stringify(results));
    },
    timeouts: 0,
    preemptions: Infinity,
  };
}
