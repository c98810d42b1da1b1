/**
 * Threads that are lost in the middle of what they do.
 *
 * @module
 */

/** Thrown where a thread ends. */
class Stopped extends Error {}

/**
 * Runs what blocks up to an atomic operation of its own, before which the thread
 * ends. What it would do on its way out, it does not.
 *
 * @param before The number of that operation, from 1 on.
 * @returns Whether it ended there, and did not come to its own end.
 */
export function stopsBefore(before: number, action: () => void): boolean {
  if (before === Infinity) {
    action();
    return false;
  }
  const model = globalThis.Atomics;
  let operations = 0;
  globalThis.Atomics = new Proxy(model, {
    get: (target, name) => {
      if (++operations >= before) throw new Stopped();
      return Reflect.get(target, name);
    },
  });
  try {
    action();
    return false;
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    return true;
  } finally {
    globalThis.Atomics = model;
  }
}
