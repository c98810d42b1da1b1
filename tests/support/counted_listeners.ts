/**
 * How many listeners a signal has.
 *
 * @module
 */

/** Counts the listeners that signals get and lose from now on. */
export function countListeners(...signals: AbortSignal[]): () => number {
  const counts = signals.map((signal) => {
    const listeners = new Set<unknown>();
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: unknown[]) => {
      listeners.add(args[1]);
      return Reflect.apply(addEventListener, signal, args);
    };
    signal.removeEventListener = (...args: unknown[]) => {
      listeners.delete(args[1]);
      return Reflect.apply(removeEventListener, signal, args);
    };
    return listeners;
  });
  return () => counts.reduce((sum, { size }) => sum + size, 0);
}
