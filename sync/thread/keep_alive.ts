/**
 * Keeps the event loop of this thread alive while somebody waits.
 *
 * A pending `Atomics.waitAsync` does not do that by itself
 * (https://github.com/denoland/deno/issues/15358): a program that awaits
 * nothing else would end in the middle of its wait. One timer per thread,
 * counted by reference, holds the loop open for all waits of the thread.
 *
 * @module
 */

/** How often the listeners of {@linkcode onTick} are called, in ms. */
export const TICK = 50;

let holds = 0;
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

/** Where timers are objects, they can stop to hold the loop without ending. */
interface RefTimer {
  ref?(): void;
  unref?(): void;
}

/** Holds the event loop open until {@linkcode release} is called as often. */
export function hold(): void {
  if (holds++ > 0) return;
  if (timer === undefined) timer = setInterval(tick, TICK);
  else (timer as RefTimer).ref?.();
}

/** Undoes one {@linkcode hold}. */
export function release(): void {
  if (--holds > 0) return;
  // The timer itself ends at its next tick: waits often follow one another.
  const { unref } = timer as RefTimer;
  if (unref) unref.call(timer);
  else stop();
}

/** Calls a listener every {@linkcode TICK} ms for as long as the loop is held. */
export function onTick(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tick(): void {
  if (holds === 0) return stop();
  for (const listener of listeners) listener();
}

function stop(): void {
  clearInterval(timer);
  timer = undefined;
}
