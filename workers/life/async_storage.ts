/**
 * What belongs to the code that runs, also after each `await` in it.
 *
 * @module
 */

/** Follows what is awaited. */
export interface AsyncStorage<T> {
  /** Runs a function, and all that it starts, with a value. */
  run<R>(value: T, run: () => R): R;
  /** The value of what runs at this moment. */
  getStore(): T | undefined;
}

interface AsyncHooks {
  readonly AsyncLocalStorage: new <T>() => AsyncStorage<T>;
}

/**
 * A storage of its own, where the engine has them. The first one that a Deno worker
 * opens takes some milliseconds: so none is opened before it is needed.
 */
export function openStorage<T>(): AsyncStorage<T> | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): AsyncHooks | undefined };
  };
  const hooks = process?.getBuiltinModule?.("node:async_hooks");
  return hooks && new hooks.AsyncLocalStorage<T>();
}
