/**
 * What modules export and other threads import from there: portable functions, and
 * classes whose instances are sent.
 *
 * @module
 */

import { perRealm } from "../sync/thread/realm.ts";

/** Where the other threads find something. */
export interface ExportedAt {
  /** The module that exports it, without fragment. */
  readonly url: string;
  /** The name of the export. */
  readonly name: string;
}

interface Known {
  /** Undefined where two things were made for one address: one is not exported. */
  value: object | undefined;
  /** Whether it was looked up in its module. */
  isImported: boolean;
}

interface Exports {
  readonly at: WeakMap<object, ExportedAt>;
  readonly known: Map<string, Known>;
}

/** Also of another copy of the package. */
const EXPORTS = perRealm<Exports>("module exports", () => ({
  at: new WeakMap(),
  known: new Map(),
}));

function keyOf({ url, name }: ExportedAt): string {
  return `${url}#${name}`;
}

/** Notes where the other threads find something that is made here. */
export function exportAt(value: object, at: ExportedAt): void {
  EXPORTS.at.set(value, at);
  const known = EXPORTS.known.get(keyOf(at));
  if (known === undefined) {
    EXPORTS.known.set(keyOf(at), { value, isImported: false });
  } else if (known.value !== value && !known.isImported) {
    known.value = undefined;
  }
}

/** Where the other threads find something; undefined if nobody said it. */
export function exportedAt(value: object): ExportedAt | undefined {
  return EXPORTS.at.get(value);
}

/** What an address stands for, if this thread knows it. */
export function exportFrom(at: ExportedAt): object | undefined {
  return EXPORTS.known.get(keyOf(at))?.value;
}

/**
 * Imports what is exported somewhere, and checks that it is what was asked for.
 *
 * @throws {TypeError} If its module does not export it.
 * @throws What the module throws when it is imported.
 */
export async function importFrom(at: ExportedAt): Promise<object> {
  const { url, name } = at;
  const module = await import(url) as Record<string, unknown>;
  const found = Object.hasOwn(module, name) ? module[name] : undefined;
  const foundAt = typeof found === "function" ? exportedAt(found) : undefined;
  if (foundAt?.url !== url || foundAt.name !== name) {
    throw new TypeError(
      `Cannot receive '${name}' as its module does not export it under that name, made by portable() or aware(): received ${
        found === null ? "null" : typeof found
      } from ${url}`,
    );
  }
  EXPORTS.known.set(keyOf(at), { value: found as object, isImported: true });
  return found as object;
}
