/**
 * Signs of life: each worker holds a Web Lock for as long as it lives.
 *
 * Whatever ends a worker (it closes, exits, throws, is terminated), the engine
 * releases its locks within milliseconds, also where no event tells of it.
 *
 * Only the starting thread ever waits for such a lock: where two workers end at
 * the same time and one waits for the lock of the other, Deno can give it to the
 * one that is gone, for ever.
 *
 * @module
 */

import type { ThreadId } from "../../sync/thread/thread.ts";

interface Locks {
  request<T>(
    name: string,
    options: { signal?: AbortSignal },
    whenHeld: () => T,
  ): Promise<Awaited<T>>;
  query(): Promise<{ held?: { name?: string }[] }>;
}

// Deno has Web Locks, its type declarations do not have them yet.
const locks = (globalThis as { navigator?: { locks?: Locks } }).navigator
  ?.locks as Locks;

/** The name of the lock that a thread of a runtime holds for as long as it lives. */
export function lifeOf(runtime: string, thread: ThreadId): string {
  return `kindred/${runtime}/${thread}`;
}

/** Whether this engine has Web Locks. */
export const hasLocks: boolean = locks !== undefined;

/** Holds a lock until this thread ends. Resolves when it is held. */
export async function holdForLife(name: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const never = new Promise<void>(() => {});
  locks.request(name, {}, () => {
    resolve();
    return never;
  }).catch(reject);
  await promise;
}

/**
 * Holds a lock until the function is called that this resolves to, or this thread
 * ends.
 */
export async function holdUntil(name: string): Promise<() => void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  locks.request(name, {}, () => {
    resolve();
    return end.promise;
  }).catch(reject);
  await promise;
  return end.resolve;
}

/**
 * For the starting thread: resolves when the thread that holds a lock for life is
 * gone. Keeps the event loop alive until then.
 *
 * @throws The reason of the signal, if that comes first.
 */
export async function whenGone(
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  await locks.request(
    name,
    signal === undefined ? {} : { signal },
    () => {},
  );
}

/** Which of these locks nobody holds: the threads that are gone. */
export async function whichAreGone(
  names: readonly string[],
): Promise<Set<string>> {
  const { held = [] } = await locks.query();
  const gone = new Set(names);
  for (const { name } of held) if (name !== undefined) gone.delete(name);
  return gone;
}
