/**
 * Promises whose resolving function is kept, without a closure for each.
 *
 * @module
 */

/** Resolves a promise. */
export type Resolve = (value: unknown) => void;

let kept: Resolve | undefined;

/** What a promise is made with: {@linkcode takeResolve}, called next, has what resolves it. */
export function keepResolve(resolve: Resolve): void {
  kept = resolve;
}

/** What resolves the promise that was made last. To be taken once. */
export function takeResolve(): Resolve {
  const resolve = kept!;
  kept = undefined; // or the promise, and what it came to, would live on
  return resolve;
}
