/**
 * Where a task goes that is neither bound to a worker nor left to any of them.
 *
 * @module
 */

/**
 * The worker for a key: always the same one while there are as many. When workers are
 * added, as few keys as possible change their worker, and only to new ones.
 *
 * After Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm"
 * (https://arxiv.org/abs/1406.2294).
 *
 * @param size How many workers there are.
 */
export function workerForKey(key: string | number, size: number): number {
  let state = BigInt(hashOf(typeof key === "string" ? key : `${key}#`));
  let worker = -1;
  for (let next = 0; next < size;) {
    worker = next;
    state = BigInt.asUintN(64, state * 2862933555777941757n + 1n);
    const share = 2 ** 31 / (Number(state >> 33n) + 1);
    next = Math.floor((worker + 1) * share);
  }
  return worker;
}

/** FNV-1a of its UTF-16 units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let k = 0; k < text.length; k++) {
    hash = Math.imul(hash ^ text.charCodeAt(k), 0x01000193);
  }
  return hash >>> 0;
}
