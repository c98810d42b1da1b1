/**
 * Waiting for something, but not for ever.
 *
 * @module
 */

/** The longest time that a timer takes, in ms; more is as good as for ever. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Resolves when a promise settles or the time is up. Returns whether it settled. */
export async function within(
  promise: Promise<unknown>,
  timeout: number,
): Promise<boolean> {
  const settled = promise.then(() => true, () => true);
  if (timeout > LONGEST_TIMER) return await settled;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const up = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, timeout));
  });
  try {
    return await Promise.race([settled, up]);
  } finally {
    clearTimeout(timer);
  }
}
