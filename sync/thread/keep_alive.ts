/**
 * Keeps the event loop of this thread alive while somebody waits.
 *
 * A pending `Atomics.waitAsync` does not do that by itself
 * (https://github.com/denoland/deno/issues/15358): a program that awaits
 * nothing else would end in the middle of its wait. One timer per thread,
 * counted by reference, holds the loop open for all waits of the thread.
 *
 * It is there from the start and never fires, so that a test in which somebody waits
 * neither starts a timer nor ends one: `Deno.test` would take that for a leak.
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import { wordsOf } from "../memory/memory.ts";

/** How often the listeners of {@linkcode onTick} are called, in ms. */
export const TICK = 50;

/** The longest time that a timer takes, in ms. */
const NEVER = 2 ** 31 - 1;

/** Where timers are objects, they can stop to hold the loop without ending. */
interface RefTimer {
  ref?(): void;
  unref?(): void;
}

let holds = 0;
let timer: ReturnType<typeof setInterval> | undefined;
let nap: Int32Array | undefined;
let isTicking = false;
const listeners = new Set<() => void>();

timer = setInterval(() => {}, NEVER);
letGo();

/** Holds the event loop open until {@linkcode release} is called as often. */
export function hold(): void {
  if (holds++ > 0) return;
  if (timer === undefined) timer = setInterval(() => {}, NEVER);
  else (timer as RefTimer).ref!();
  if (listeners.size > 0) startTicking();
}

/** Undoes one {@linkcode hold}. */
export function release(): void {
  if (--holds === 0) letGo();
}

/** Calls a listener every {@linkcode TICK} ms for as long as the loop is held. */
export function onTick(listener: () => void): () => void {
  listeners.add(listener);
  if (holds > 0) startTicking();
  return () => listeners.delete(listener);
}

function letGo(): void {
  const { unref } = timer as RefTimer;
  if (unref) return unref.call(timer);
  clearInterval(timer);
  timer = undefined;
}

function startTicking(): void {
  if (isTicking) return;
  isTicking = true;
  tickLater();
}

/** By a wait that nobody ends: it is no timer, and holds nothing open by itself. */
function tickLater(): void {
  nap ??= wordsOf(allocate(4), 1);
  (Atomics.waitAsync(nap, 0, 0, TICK).value as Promise<unknown>).then(tick);
}

function tick(): void {
  isTicking = holds > 0 && listeners.size > 0;
  if (!isTicking) return;
  for (const listener of listeners) listener();
  tickLater();
}
