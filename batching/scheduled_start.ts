/**
 * Starts that somebody else times.
 *
 * @module
 */

/**
 * Has a function called once when a schedule says so: not within the call of the
 * schedule but in a microtask after it, so that the task that opened the batch
 * is there; and if the schedule throws, as whoever waits must not wait for ever.
 */
export function startBy(
  schedule: (start: () => void) => void,
  start: () => void,
): void {
  let isScheduling = true;
  let isCalled = false;
  const startOnce = () => {
    if (isCalled) return;
    isCalled = true;
    if (isScheduling) queueMicrotask(start);
    else start();
  };
  try {
    schedule(startOnce);
  } catch (error) {
    startOnce();
    void Promise.reject(error);
  }
  isScheduling = false;
}
