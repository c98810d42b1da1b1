/**
 * A family as one thread sees it: the shared state, and instances made here.
 *
 * @module
 */

import { decode } from "../codec/decode.ts";
import { encode } from "../codec/encode.ts";
import { Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import { isDefinition, type Linked } from "./definition.ts";

/**
 * Names a family in a message: plain data that `postMessage` can clone.
 *
 * A thread that attaches to it imports the definition and makes instances that
 * are linked with all others of the family.
 *
 * @typeParam T The type of the instances.
 */
export interface FamilyHandle<T extends object = object> {
  /** Never there: keeps the type of the instances. */
  readonly type?: T;
  /** The module that exports the definition. */
  readonly url: string;
  /** The name of the export. */
  readonly name: string;
  /** The encoded shared state. */
  readonly shared: Uint8Array<ArrayBuffer>;
  /** The shared buffers that it refers to. */
  readonly buffers: readonly SharedArrayBuffer[];
}

/** The shared state of a family, and this thread's instance if there is one. */
export let stateOf: (
  family: LocalFamily<object>,
) => { readonly shared: unknown; readonly here: object | undefined };

/** Makes an instance this thread's one. */
export let setHere: (family: LocalFamily<object>, here: object) => void;

/**
 * A family on one thread: instances that are made and used here.
 *
 * @example On another thread
 * ```ts
 * import { LocalFamily, Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 * import { hits } from "../examples/hits.ts";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const family = await runtime.link(hits);
 * const message = structuredClone(family.handle); //  as postMessage does it
 *
 * // There:
 * const there = await LocalFamily.from(message);
 * there.here.hit();
 * assertEquals(family.here.total.value, 1);
 * ```
 *
 * @typeParam T The type of the instances.
 */
export class LocalFamily<T extends object> {
  /** What this family was made from. */
  readonly definition: Linked<T>;
  readonly #shared: unknown;
  #handle: FamilyHandle<T> | undefined;
  #here: T | undefined;

  /** Made by `Runtime.link()` and {@linkcode LocalFamily.from}. */
  constructor(definition: Linked<T>, shared: unknown) {
    this.definition = definition;
    this.#shared = shared;
  }

  /**
   * Attaches to a family of another thread.
   *
   * @throws {TypeError} If its module does not export the definition.
   * @throws What the module throws when it is imported.
   */
  static async from<T extends object>(
    handle: FamilyHandle<T>,
  ): Promise<LocalFamily<T>> {
    const definition = await importDefinition(handle.url, handle.name);
    return attach(definition as Linked<T>, handle);
  }

  /** The family as another thread would see it: with its own shared state. */
  copy(): LocalFamily<T> {
    return attach(this.definition, this.handle);
  }

  /**
   * Names this family in a message.
   *
   * @throws {TypeError} If the shared state is not portable.
   */
  get handle(): FamilyHandle<T> {
    return this.#handle ??= encodeFamily(this.definition, this.#shared);
  }

  static {
    stateOf = (family) => ({ shared: family.#shared, here: family.#here });
    setHere = (family, here) => family.#here = here;
  }

  /** This thread's one instance, made on first use: called without a message. */
  get here(): T {
    return this.#here ??= this.create();
  }

  /** Makes a new instance of the family on this thread. */
  create(): T {
    return this.definition.instantiate(this.#shared);
  }
}

function attach<T extends object>(
  definition: Linked<T>,
  handle: FamilyHandle<T>,
): LocalFamily<T> {
  const reader = Reader.of(handle.shared);
  reader.buffers = handle.buffers;
  return new LocalFamily(definition, decode(reader));
}

function encodeFamily<T extends object>(
  { url, name }: Linked<T>,
  shared: unknown,
): FamilyHandle<T> {
  const out = new Writer(256);
  const buffers: SharedArrayBuffer[] = [];
  out.buffers = buffers;
  encode(out, shared, `shared state of '${name}'`);
  return { url, name, shared: out.bytes.slice(0, out.byteLength), buffers };
}

/** Imports a definition and checks that it is the one that was asked for. */
async function importDefinition(
  url: string,
  name: string,
): Promise<Linked<object>> {
  const module = await import(url) as Record<string, unknown>;
  const found = module[name];
  if (!Object.hasOwn(module, name)) {
    throw new TypeError(
      `Cannot link '${name}' as its module has no export of that name: ${url}`,
    );
  }
  if (!isDefinition(found)) {
    throw new TypeError(
      `Cannot link '${name}' as that export is not made by linked(): received ${
        found === null ? "null" : typeof found
      } from ${url}`,
    );
  }
  if (found.name !== name || found.url !== url) {
    throw new TypeError(
      `Cannot link '${name}' of ${url} as that export is the definition '${found.name}' of ${found.url}`,
    );
  }
  return found;
}
