/**
 * Numbers from a seed, the same on every thread.
 *
 * @module
 */

/** Gives integers from 0 to `limit` - 1. After Marsaglia's xorshift32. */
export type Random = (limit: number) => number;

/** Makes a source of numbers from a seed. */
export function randomFrom(seed: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) | 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
