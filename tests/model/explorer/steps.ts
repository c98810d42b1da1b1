/**
 * What can happen next in a modelled program, and how it happens.
 *
 * @module
 */

import type { Machine } from "./machine.ts";
import { Failure } from "./model_error.ts";
import type { Operation } from "./operation.ts";
import { perform } from "./perform.ts";
import { join } from "./races.ts";
import type { Waiter } from "./shared_memory.ts";
import { EVENT, type LoopEvent, type ThreadState } from "./thread_state.ts";

/** Something that can happen next. */
export interface Actor {
  /**
   * `run`: the thread does its pending operation. `tell`: its event loop is
   * told of a settled wait, `abort`: of a signal, `timer`: of a timer.
   * `expire`: a wait of it times out.
   */
  readonly kind: "run" | "tell" | "abort" | "timer" | "expire";
  readonly thread: number;
  /** Which signal, timer or wait. */
  readonly id: string | number;
}

/** What an actor has done, as far as others depend on it. */
export interface Effect {
  readonly actor: Actor;
  readonly operation: Operation | undefined;
  /** The operation did not change its word. */
  readonly readonly: boolean;
  /** It was the first step of a recorded call. */
  readonly calls: boolean;
  /** It ended a recorded call. */
  readonly returns: boolean;
}

/** Bounds on what can happen. */
export interface StepOptions {
  /** How many waits may time out while something else could happen. */
  readonly timeouts: number;
  /** Whether a timeout of this thread may be what goes on. */
  readonly expires: (thread: number) => boolean;
  readonly maxSteps: number;
}

/**
 * A thread that has paused this often since the last change waits for others.
 *
 * A *change* is a step after which somebody could see something else: a word has
 * another value, a waiter came or went, a wait or a timer ended, a signal was
 * aborted. A *round* of a spin goes from one `Atomics.pause` to the next, with a
 * step in it. Between the two pauses lies a round in which the thread made no
 * change and saw all there is since the last one. It has come to where it was:
 * what a round does depends on memory only (README, "What modelled code must
 * keep to"). So it would go round again, until somebody makes a change.
 *
 * No schedule is lost by not running it until then. Take any execution that
 * ends, or fails, and in it a round without a change in it nor just before it,
 * after which the thread goes on: without this round the execution is possible
 * just so, with the same values read, ends, and failures. If a change comes in
 * the middle of the next round, it can come in the middle of this one. So there
 * is a shortest execution, which has no such round, and never meets the rule.
 * Nor does any other order of its independent steps, as that would have such a
 * round and not be the shortest: so sleep sets still find one of them. Where
 * only such threads are left, they go on, and `maxSteps` ends it.
 */
const YIELDS = 2;

/** All that can happen next; nothing if the program is at its end. */
export function enabled(machine: Machine, options: StepOptions): Actor[] {
  const progress: Actor[] = [];
  const yielding: Actor[] = [];
  const environment: Actor[] = [];
  const timeouts: Actor[] = [];
  let unfinished = false;
  machine.threads.forEach((state, thread) => {
    if (!state.done) unfinished = true;
    if (state.asleep) {
      if (state.asleep.timeout !== Infinity) {
        timeouts.push({ kind: "expire", thread, id: -1 });
      }
      return;
    }
    if (state.pending) {
      const actors = state.yields >= YIELDS ? yielding : progress;
      actors.push({ kind: "run", thread, id: 0 });
      return;
    }
    if (state.queue.length > 0) progress.push({ kind: "tell", thread, id: 0 });
    if (state.done) return;
    for (const { name, auto } of state.signals) {
      if (auto) environment.push({ kind: "abort", thread, id: name });
      else if (machine.posted[name]) {
        progress.push({ kind: "abort", thread, id: name });
      }
    }
    for (const { id } of state.timers) {
      timeouts.push({ kind: "timer", thread, id });
    }
    for (const { id, timeout } of state.waits) {
      if (timeout !== Infinity) timeouts.push({ kind: "expire", thread, id });
    }
  });
  if (progress.length === 0) progress.push(...yielding);
  if (progress.length === 0) {
    if (!unfinished) return [];
    const semantic = timeouts.filter(({ thread }) => options.expires(thread));
    if (semantic.length === 0) throw stuck(machine, timeouts.length > 0);
    return [...semantic, ...environment];
  }
  if (machine.step >= options.maxSteps) {
    throw new Failure(
      "livelock",
      `no end after ${machine.step} steps (maxSteps)`,
    );
  }
  return machine.expiries < options.timeouts
    ? [...progress, ...environment, ...timeouts]
    : [...progress, ...environment];
}

function stuck(machine: Machine, timeouts: boolean): Failure {
  const sleepers = machine.threads.flatMap((state, thread) => {
    if (state.done) return [];
    const at = (waiter: Waiter) =>
      `${waiter.id < 0 ? "wait" : "waitAsync"}[${waiter.cell.name}]` +
      `${waiter.site}, where ${waiter.cell.native[waiter.cell.index]} stands`;
    if (state.asleep) return [`T${thread} sleeps in ${at(state.asleep)}`];
    const waits = state.waits.map(at).join(" and ");
    return [`T${thread} awaits ${waits || "a promise that nothing settles"}`];
  });
  return new Failure(
    "deadlock",
    (timeouts
      ? "lost wake-up (only a timeout would end this wait): "
      : "every unfinished thread sleeps: ") + sleepers.join("; "),
  );
}

/** Lets something happen. */
export function take(
  machine: Machine,
  actor: Actor,
): { effect: Effect; then: Promise<void> | undefined } {
  const { thread } = actor;
  const state = machine.threads[thread]!;
  const operation = actor.kind === "run" ? state.pending : undefined;
  const calls = state.calling;
  machine.step++;
  state.calling = false;
  const touched: number[] = [];
  const before = operation && lookOf(operation);
  const readonly = operation
    ? perform(machine, thread, operation, touched)
    : (happen(machine, actor, state), touched.push(thread), false);
  state.stepped = true;
  if (!operation || operation.kind === "abort" || changed(before!, operation)) {
    for (const each of machine.threads) each.yields = 0;
  }
  // What the thread does from here on is not covered by what it released.
  state.clock = state.clock.with(thread, state.clock[thread]! + 1);
  const { returns } = machine;
  const effect = { actor, operation, readonly, calls, returns: false };
  const settle = () => {
    effect.returns = machine.returns > returns;
  };
  const then = advanceAll(machine, touched, 0);
  if (then) return { effect, then: then.then(settle) };
  settle();
  return { effect, then };
}

/** What others can see of a word. */
function lookOf({ cell }: Operation): readonly unknown[] {
  return [cell.native[cell.index], cell.waiters];
}

function changed(before: readonly unknown[], operation: Operation): boolean {
  return lookOf(operation).some((part, k) => part !== before[k]);
}

/** Runs the threads on that something has happened to. */
function advanceAll(
  machine: Machine,
  threads: readonly number[],
  from: number,
): Promise<void> | undefined {
  for (let i = from; i < threads.length; i++) {
    const going = machine.advance(threads[i]!);
    if (going) return going.then(() => advanceAll(machine, threads, i + 1));
  }
  return undefined;
}

/** An event that is no operation of the thread. */
function happen(machine: Machine, actor: Actor, state: ThreadState): void {
  const { thread, id, kind } = actor;
  const push = (event: LoopEvent, text: string) => {
    state.log.push(EVENT, event, machine.step);
    machine.trace?.push(`T${thread} is told: ${text}`);
  };
  switch (kind) {
    case "tell":
      machine.dequeue(thread);
      return;
    case "abort": {
      const clock = machine.posted[id];
      if (clock) state.clock = join(state.clock, clock);
      return push({ type: "abort", name: id as string }, `abort of "${id}"`);
    }
    case "timer": {
      const { due } = state.timers.find((timer) => timer.id === id)!;
      machine.expiries++;
      machine.now = Math.max(machine.now, due);
      return push({ type: "timer", id: id as number }, `timer ${id}`);
    }
    case "expire":
      return expire(machine, state, id as number);
  }
}

function expire(machine: Machine, state: ThreadState, id: number): void {
  const waiter = state.asleep ?? state.waits.find((wait) => wait.id === id)!;
  const { cell, thread } = waiter;
  machine.expiries++;
  machine.now = Math.max(machine.now, waiter.since + waiter.timeout);
  const left = cell.waiters.filter((other) => other !== waiter);
  machine.journal.set(cell, "waiters", left);
  const name = state.asleep ? "wait" : "waitAsync";
  machine.trace?.push(
    `T${thread} ${name}[${cell.name}] times out after ${waiter.timeout} ms` +
      waiter.site,
  );
  if (state.asleep) {
    state.asleep = undefined;
    machine.accesses.record(thread, "wait", cell, "timed-out");
  } else {
    state.waits = state.waits.filter((other) => other !== waiter);
    state.queue = [...state.queue, {
      waiter,
      value: "timed-out",
      clock: undefined,
    }];
  }
}
