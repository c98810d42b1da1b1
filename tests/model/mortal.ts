/**
 * A model thread that is lost in front of any one of its atomic operations.
 *
 * @module
 */

import type { ModelThread } from "./explorer.ts";

const DEATH: unique symbol = Symbol("death");

/**
 * What a thread does until it has done so many atomic operations; then it is
 * lost, and the result is `"lost"`. Not for async code.
 *
 * @param steps How many operations it does.
 * @param body What it does. What is written after its end has no effect.
 * @param lose Marks the thread as lost.
 */
export function mortal<S>(
  steps: number,
  body: (shared: S, thread: ModelThread) => unknown,
  lose: (thread: number) => void,
): (shared: S, thread: ModelThread) => unknown {
  return (shared, thread) => {
    const living = globalThis.Atomics;
    let left = steps;
    const act = (name: keyof typeof Atomics) => {
      const operation = living[name] as (...args: unknown[]) => unknown;
      if (typeof operation !== "function" || name as string === "pause") {
        return operation;
      }
      return (...args: unknown[]) => {
        if (left <= 0) throw DEATH;
        left--;
        return operation(...args);
      };
    };
    globalThis.Atomics = new Proxy(living, {
      get: (_, name) => act(name as keyof typeof Atomics),
    });
    try {
      return body(shared, thread);
    } catch (error) {
      if (error !== DEATH) throw error;
    } finally {
      globalThis.Atomics = living;
    }
    lose(thread.index);
    return "lost";
  };
}
