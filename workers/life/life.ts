/**
 * Signs of life: each worker holds a Web Lock for as long as it lives.
 *
 * Whatever ends a worker (it closes, exits, throws, is terminated), the engine
 * releases its locks within milliseconds, also where no event tells of it. Where
 * an event does, the thread that started the worker goes by that.
 *
 * Only the starting thread ever waits for such a lock: where two workers end at
 * the same time and one waits for the lock of the other, Deno can give it to the
 * one that is gone, for ever.
 *
 * @module
 */

import { node } from "../engine/node.ts";
import { hold, release } from "../../sync/thread/keep_alive.ts";
import { perRealm } from "../../sync/thread/realm.ts";
import {
  indexOf,
  type ThreadId,
  type ThreadRegistry,
} from "../../sync/thread/thread.ts";

interface Locks {
  request<T>(
    name: string,
    options: { signal?: AbortSignal },
    whenHeld: () => T,
  ): Promise<Awaited<T>>;
  query(): Promise<{ held?: { name?: string }[] }>;
}

/** A life of which the engine says when it ends. */
interface WatchedLife {
  readonly ended: Promise<void>;
  isOver: boolean;
}

/** By the names of the locks. */
const watched = new Map<string, WatchedLife>();

// Deno has Web Locks, its type declarations do not have them yet. Those of Node are seen
// by the thread that holds them only.
const locks =
  (node === undefined
    ? (globalThis as { navigator?: { locks?: Locks } }).navigator?.locks
    : undefined) as Locks;

/**
 * What the names of all locks begin with that threads of this registry hold whose
 * runtimes this thread starts. Those that live have different records.
 */
export function livesOf(threads: ThreadRegistry): string {
  const known = perRealm("lives", () => new WeakMap<ThreadRegistry, string>());
  let lives = known.get(threads);
  if (lives === undefined) known.set(threads, lives = crypto.randomUUID());
  return lives;
}

/**
 * The name of the lock that a thread of a runtime holds for as long as it lives: that
 * of its record. The next thread that gets the record, once this lock is free, has
 * the same. The engine keeps each name for ever that a lock ever had, and goes
 * through all of them for each look.
 *
 * @param lives What {@linkcode livesOf} gave the thread that started the runtime.
 */
export function lifeOf(lives: string, thread: ThreadId): string {
  return `kindred/${lives}/${indexOf(thread)}`;
}

/** Whether this engine has Web Locks that all threads see. */
export const hasLocks: boolean = locks !== undefined;

/**
 * Notes that the engine tells when the thread ends that holds a lock for life.
 *
 * @param ended Resolves then.
 */
export function watchLife(name: string, ended: Promise<void>): void {
  const life = { ended, isOver: false };
  watched.set(name, life);
  ended.then(() => life.isOver = true);
}

/** Forgets a life that is over, and of which nobody will ask any more. */
export function forgetLife(name: string): void {
  watched.delete(name);
}

/**
 * Holds a lock until this thread ends. Resolves when it is held; at once in an engine
 * that has none.
 */
export async function holdForLife(name: string): Promise<void> {
  if (!hasLocks) return;
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
  const life = watched.get(name);
  if (life !== undefined) return await whenOver(life, signal);
  await locks.request(
    name,
    signal === undefined ? {} : { signal },
    () => {},
  );
}

/**
 * For the starting thread: whether the thread that holds a lock for life is gone
 * within so many ms. One that is not may be in a loop without end.
 */
export async function isGoneWithin(
  name: string,
  timeout: number,
): Promise<boolean> {
  // Engines take whole ones.
  const timeLimit = AbortSignal.timeout(Math.ceil(timeout));
  try {
    await whenGone(name, timeLimit);
    return true;
  } catch {
    return false;
  }
}

/** Waits for an event. */
async function whenOver(
  { ended }: WatchedLife,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal!.reason);
  signal?.addEventListener("abort", onAbort);
  ended.then(resolve);
  hold();
  try {
    await promise;
  } finally {
    release();
    signal?.removeEventListener("abort", onAbort);
  }
}

/**
 * Which of these locks nobody holds: the threads that are gone. Without locks only
 * the thread that started another one knows.
 */
export async function whichAreGone(
  names: readonly string[],
): Promise<Set<string>> {
  const gone = new Set<string>();
  for (const name of names) {
    const life = watched.get(name);
    if (life === undefined ? hasLocks : life.isOver) gone.add(name);
  }
  if (!hasLocks || names.every((name) => watched.has(name))) return gone;
  const { held = [] } = await locks.query();
  for (const { name } of held) {
    if (name !== undefined && !watched.has(name)) gone.delete(name);
  }
  return gone;
}
