/** What is read, and how. */
export interface Reads {
  /** How many keys there are. */
  readonly keys: number;
  /** 0: all keys are read as often; 1: key k is read 1/k as often as the first (Zipf). */
  readonly skew: number;
  /** How many entries each worker has room for; what is shared has room for those of all. */
  readonly capacity: number;
  /** What a miss takes, in turns of a loop. */
  readonly turns: number;
}

/** How many keys are drawn, a power of two; then they come again. */
export const DRAWS: number = 2 ** 16;

/** Keys in the order in which one worker reads them. */
export function drawKeys({ keys, skew }: Reads, seed: number): Uint32Array {
  const sums = new Float64Array(keys);
  let sum = 0;
  for (let k = 0; k < keys; k++) sums[k] = sum += (k + 1) ** -skew;
  let random = seed;
  return Uint32Array.from({ length: DRAWS }, () => {
    random = Math.imul(random, 1664525) + 1013904223 | 0;
    const wanted = (random >>> 0) / 2 ** 32 * sum;
    return firstAbove(sums, wanted);
  });
}

function firstAbove(sums: Float64Array, wanted: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
