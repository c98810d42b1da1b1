/**
 * One thread beside all.
 *
 * @module
 */

/** How often both are measured. */
const ROUNDS = 3;

/** Does the same in two ways in turn, and says what the quickest time of each is. */
export async function compare(
  alone: () => void,
  together: () => Promise<void>,
): Promise<string> {
  let [one, all] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    alone();
    const between = performance.now();
    await together();
    one = Math.min(one, between - start);
    all = Math.min(all, performance.now() - between);
  }
  return `one thread ${one.toFixed(0)} ms, all threads ${all.toFixed(0)} ms: ` +
    `${(one / all).toFixed(2)} times as fast`;
}
