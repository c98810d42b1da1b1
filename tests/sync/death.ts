/**
 * Threads that are lost in the middle of something: in front of one of their atomic
 * operations, after which they do nothing more.
 *
 * @module
 */

const DEATH: unique symbol = Symbol("death");

/** From now on every atomic operation of this thread but the first ones throws. */
export function dieAfter(operations: number): void {
  const living = globalThis.Atomics;
  let left = operations;
  globalThis.Atomics = new Proxy(living, {
    get: (_, name: keyof Atomics) => {
      const operation = living[name] as (...args: unknown[]) => unknown;
      if (typeof operation !== "function") return operation;
      return (...args: unknown[]) => {
        if (left <= 0) throw DEATH;
        left--;
        return operation.apply(living, args);
      };
    },
  });
}

/** What somebody does that may die; `"died"` if so. Then the thread lives again. */
export async function lifeOf<R>(
  live: () => Promise<R> | R,
): Promise<R | "died"> {
  const { Atomics } = globalThis;
  try {
    return await live();
  } catch (error) {
    if (error !== DEATH) throw error;
    return "died";
  } finally {
    globalThis.Atomics = Atomics;
  }
}
