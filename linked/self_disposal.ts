/**
 * Values that know how to dispose themselves.
 *
 * @module
 */

/**
 * Calls a value's own `[Symbol.asyncDispose]()` or `[Symbol.dispose]()`, if it has
 * one.
 *
 * @returns What that returns.
 */
export function disposeItself(value: unknown): unknown {
  const isObject = typeof value === "object" && value !== null;
  if (!isObject && typeof value !== "function") return undefined;
  const disposable = value as Partial<AsyncDisposable & Disposable>;
  if (typeof disposable[Symbol.asyncDispose] === "function") {
    return disposable[Symbol.asyncDispose]!();
  }
  return disposable[Symbol.dispose]?.();
}
