/**
 * What atomic operations do to the state of a machine.
 *
 * @module
 */

import type { Machine } from "./machine.ts";
import { describe, type Kind, type Operation } from "./operation.ts";
import { ATOMIC_READ, ATOMIC_WRITE, join } from "./races.ts";
import type { Waiter, Word } from "./shared_memory.ts";
import type { ThreadState } from "./thread_state.ts";

const { add, and, compareExchange, exchange, or, sub, xor } = Atomics;
const MODIFY: Record<
  string,
  (view: Int32Array, i: number, a: number) => number
> = { add, and, exchange, or, sub, xor };

/**
 * Does the pending operation of a thread. Adds the threads that are to be run
 * on to `touched`; says whether it has only read its word.
 */
export function perform(
  machine: Machine,
  thread: number,
  operation: Operation,
  touched: number[],
): boolean {
  const { kind, cell, a, b } = operation;
  const { index } = cell;
  // Or another kind of view: the engine makes no difference.
  const native = cell.native as Int32Array;
  const state = machine.threads[thread]!;
  const before = native[index]!;
  let result: unknown = before;
  let reads = false;
  let touches: number[] = [];
  switch (kind) {
    case "load":
      reads = true;
      break;
    case "store":
      result = a;
      native[index] = a as number;
      break;
    case "compareExchange":
      compareExchange(native, index, a as number, b as number);
      // It wrote if it found what it expected, as the memory stores that.
      reads = before !== narrow(native, a);
      break;
    case "wait":
    case "waitAsync":
      result = wait(machine, thread, operation);
      reads = result === "not-equal" || result === "timed-out";
      break;
    case "notify":
      touches = notify(machine, thread, operation);
      result = touches.length;
      break;
    case "abort":
      machine.journal.set(machine.posted, cell.name.slice(1, -1), state.clock);
      break;
    default:
      MODIFY[kind]!(native, index, a as number);
  }
  const after = native[index]!;
  if (after !== before) {
    // The journal must see the old value.
    native[index] = before;
    machine.journal.set(native, index, after);
  }
  const asleep = kind === "wait" && result === undefined;
  const shown = outcome(kind, result, touches);
  machine.trace?.push(
    `T${thread} ${describe(operation, before, shown)}${operation.site}`,
  );
  order(machine, state, thread, operation, reads);
  if (asleep) {
    state.pending = undefined;
    return false;
  }
  machine.accesses.record(thread, kind, cell, result);
  touched.push(thread);
  for (const other of touches) {
    if (other !== thread && !touched.includes(other)) touched.push(other);
  }
  wake(machine, touched, thread);
  return reads;
}

/** The result as the trace shows it. */
function outcome(kind: Kind, result: unknown, woken: readonly number[]) {
  switch (kind) {
    case "notify":
      return woken.length === 0
        ? "0"
        : `${woken.length}, wakes ${woken.map((t) => `T${t}`).join(" ")}`;
    case "wait":
      return result ?? "sleeps";
    case "waitAsync":
      return typeof result === "number" ? "pending" : result;
    default:
      return result;
  }
}

/** Which of the woken threads have something to do at once. */
function wake(machine: Machine, touched: number[], thread: number): void {
  for (let i = touched.length - 1; i >= 0; i--) {
    const other = touched[i]!;
    if (other === thread) continue;
    // A thread in the middle of something learns of it later.
    const { pending, asleep } = machine.threads[other]!;
    if (pending || asleep) touched.splice(i, 1);
  }
}

/** The value as a word of this view holds it. */
function narrow(native: Int32Array, value: Word): Word {
  if (native instanceof Int32Array) return (value as number) | 0;
  const one = (native as Int32Array).slice(0, 1);
  one[0] = value as number;
  return one[0]!;
}

/** The edges of happens-before, and races with plain accesses. */
function order(
  machine: Machine,
  state: ThreadState,
  thread: number,
  operation: Operation,
  reads: boolean,
): void {
  const { kind, cell } = operation;
  if (kind === "notify" || kind === "abort") return;
  const waits = kind === "wait" || kind === "waitAsync";
  const access = reads || waits ? ATOMIC_READ : ATOMIC_WRITE;
  if (kind !== "store" && cell.clock) {
    state.clock = join(state.clock, cell.clock);
  }
  if (access === ATOMIC_WRITE) machine.journal.set(cell, "clock", state.clock);
  const race = machine.accesses.race(
    thread,
    cell.offset,
    cell.buffer,
    cell.native.BYTES_PER_ELEMENT,
    access,
    machine.trace ? `${kind}[${cell.name}]${operation.site}` : "",
  );
  if (race) throw race;
}

function wait(
  machine: Machine,
  thread: number,
  { kind, cell, a, timeout, site }: Operation,
): unknown {
  if (cell.native[cell.index] !== narrow(cell.native as Int32Array, a)) {
    return "not-equal";
  }
  if (timeout <= 0) return "timed-out";
  const state = machine.threads[thread]!;
  const id = kind === "wait" ? -1 : state.log.length;
  const waiter: Waiter = {
    thread,
    id,
    cell,
    value: a,
    timeout,
    since: machine.now,
    site,
  };
  machine.journal.set(cell, "waiters", [...cell.waiters, waiter]);
  if (kind === "wait") {
    state.asleep = waiter;
    return undefined;
  }
  state.waits = [...state.waits, waiter];
  return id;
}

/** Wakes waiters, the first first; their threads. */
function notify(
  machine: Machine,
  thread: number,
  { cell, a }: Operation,
): number[] {
  const woken = cell.waiters.slice(0, a as number);
  if (woken.length === 0) return [];
  machine.journal.set(cell, "waiters", cell.waiters.slice(woken.length));
  const { clock } = machine.threads[thread]!;
  for (const waiter of woken) {
    const state = machine.threads[waiter.thread]!;
    if (waiter.id < 0) {
      state.asleep = undefined;
      state.clock = join(state.clock, clock);
      machine.accesses.record(waiter.thread, "wait", cell, "ok");
    } else {
      state.waits = state.waits.filter((other) => other !== waiter);
      state.queue = [...state.queue, { waiter, value: "ok", clock }];
    }
  }
  return woken.map((waiter) => waiter.thread);
}
