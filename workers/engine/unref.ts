/**
 * Lets the program end although a worker lives.
 *
 * @module
 */

/**
 * Deno's own way to do that is a method under an unnamed symbol; web workers
 * have no public one. Looked for, never assumed.
 */
const REF: symbol | undefined = typeof Worker === "undefined"
  ? undefined
  : Object.getOwnPropertySymbols(Worker.prototype).find((symbol) =>
    !symbol.description &&
    typeof (Worker.prototype as unknown as Record<symbol, unknown>)[symbol] ===
      "function"
  );

/** Whether this engine can let go of a worker that is idle. */
export const canUnref: boolean = REF !== undefined;

/** Lets the program end although this worker lives. */
export function unref(worker: Worker): void {
  if (REF === undefined) return;
  (worker as unknown as Record<symbol, (held: boolean) => void>)[REF]!(false);
}
