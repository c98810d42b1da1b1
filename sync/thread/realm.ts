/**
 * What one JavaScript thread keeps once, however often the package is loaded.
 *
 * State that must be single per thread (who am I, where is shared memory cut
 * from) hangs on a registered symbol of the global object. Two copies of the
 * package in one program, say from a URL and from a registry, then still agree
 * on it, and the second one can be reported.
 *
 * @module
 */

/** The major version: copies that share it share their state. */
const MAJOR = 0;

const KEY = Symbol.for(`@kindred/kindred@${MAJOR}`);

/** The state of this thread; each owner of a key documents it. */
export interface Realm {
  /** The URLs of this module's copies, in the order in which they loaded. */
  readonly copies: string[];
  /** What the modules of the package keep here, by their own names. */
  readonly state: Map<string, unknown>;
}

const holder = globalThis as { [KEY]?: Realm };

/** Once it was looked for: it is asked for in hot paths, and stays the same. */
let mine: Realm | undefined;

/** The realm of this thread, made on first use. */
export function realm(): Realm {
  if (mine !== undefined) return mine;
  mine = holder[KEY] ??= { copies: [], state: new Map() };
  mine.copies.push(import.meta.url);
  return mine;
}

/** The value kept under a name in this thread, made on first use. */
export function perRealm<T>(name: string, make: () => T): T {
  const { state } = realm();
  let value = state.get(name) as T | undefined;
  if (value === undefined) state.set(name, value = make());
  return value;
}
