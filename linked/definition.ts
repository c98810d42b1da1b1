/**
 * Definitions: how the instances of a family are made, on every thread.
 *
 * @module
 */

/** How a family's shared state and its instances are made. */
export interface LinkedOptions<T extends object, S> {
  /**
   * Makes the shared state, once per family, on the thread that links it. It
   * reaches the other threads as a portable value: shared objects such as
   * `SharedCounter` in it are the same everywhere, all else is copied.
   */
  readonly shared?: () => S;
  /**
   * Makes an instance: a plain object that one thread uses. Its constructor
   * gets the shared state of the family.
   */
  readonly create: (shared: S) => T;
}

/** Marks definitions, also those of another copy of the package. */
const DEFINITION = Symbol.for("@kindred/kindred/definition");

/**
 * A definition of a family, made by {@linkcode linked}.
 *
 * @example The type of an exported definition
 * ```ts
 * import { linked, type Linked } from "@kindred/kindred/linked";
 * import { assertEquals } from "@std/assert";
 *
 * export const clock: Linked<{ now(): number }> = linked(
 *   import.meta.url,
 *   "clock",
 *   { create: () => ({ now: () => Date.now() }) },
 * );
 * assertEquals(clock.name, "clock");
 * ```
 *
 * @typeParam T The type of the instances.
 */
export class Linked<T extends object> {
  /** The module that exports this definition, without fragment. */
  readonly url: string;
  /** The name of the export. */
  readonly name: string;
  readonly #shared: () => unknown;
  readonly #create: (shared: unknown) => T;

  /** Made by {@linkcode linked}. */
  constructor(
    url: string,
    name: string,
    shared: () => unknown,
    create: (shared: unknown) => T,
  ) {
    this.url = url;
    this.name = name;
    this.#shared = shared;
    this.#create = create;
    Object.defineProperty(this, DEFINITION, { value: true });
  }

  /** Makes the shared state of a new family. */
  share(): unknown {
    return this.#shared();
  }

  /**
   * Makes an instance of a family.
   *
   * @throws {TypeError} If `create` gives anything but an object.
   */
  instantiate(shared: unknown): T {
    const instance = this.#create(shared);
    if (typeof instance !== "object" || instance === null) {
      throw new TypeError(
        `Cannot make an instance of '${this.name}' as 'create' must return an object: received ${
          instance === null ? "null" : typeof instance
        }`,
      );
    }
    return instance;
  }
}

/** Whether a value is a definition. */
export function isDefinition(value: unknown): value is Linked<object> {
  return typeof value === "object" && value !== null &&
    (value as Record<PropertyKey, unknown>)[DEFINITION] === true;
}

/**
 * Defines a family of linked objects.
 *
 * A module exports the definition under its own name, so that every worker can
 * import it and make its own instance:
 *
 * ```ts ignore
 * export const hits: Linked<Hits> = linked(import.meta.url, "hits", {
 *   shared: () => ({ total: new SharedCounter() }),
 *   create: ({ total }) => new Hits(total),
 * });
 * ```
 *
 * After Rust's `linked` (https://crates.io/crates/linked).
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 * import { hits } from "../examples/hits.ts";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const family = await runtime.link(hits);
 * assertEquals(await family.on(0).hit(), 1);
 * assertEquals(family.here.hit(), 2); //   the total is shared
 * assertEquals(family.here.local(), 1); // the rest is not
 * ```
 *
 * @typeParam T The type of the instances.
 * @typeParam S The type of the shared state.
 * @param url The module that exports the definition: `import.meta.url`.
 * @param name The name under which it does.
 * @throws {TypeError} If an argument is of another type.
 */
export function linked<T extends object, S = undefined>(
  url: string,
  name: string,
  options: LinkedOptions<T, S>,
): Linked<T> {
  checkText("url", url);
  checkText("name", name);
  if (!URL.canParse(url)) {
    throw new TypeError(
      `Cannot define family as 'url' must be an absolute URL: received "${url}"`,
    );
  }
  const { shared, create } = options;
  checkFunction(name, "create", create);
  if (shared !== undefined) checkFunction(name, "shared", shared);
  return new Linked<T>(
    url.replace(/#.*$/s, ""),
    name,
    shared ?? (() => undefined),
    create as (shared: unknown) => T,
  );
}

function checkText(parameter: string, value: unknown): void {
  if (typeof value !== "string" || value === "") {
    throw new TypeError(
      `Cannot define family as '${parameter}' must be a string that is not empty: received ${
        typeof value === "string" ? '""' : typeof value
      }`,
    );
  }
}

function checkFunction(name: string, option: string, value: unknown): void {
  if (typeof value !== "function") {
    throw new TypeError(
      `Cannot define family '${name}' as '${option}' must be a function: received ${typeof value}`,
    );
  }
}
