/**
 * Kindred makes a program use the whole machine it runs on: one pinned module
 * worker per core, each with its own instance of the program's objects, and
 * instances of one family that work together through shared memory.
 *
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assert } from "@std/assert";
 * import { hits } from "./examples/hits.ts";
 *
 * await using runtime = await Runtime.start(); //  one pinned worker per core
 * const family = await runtime.link(hits); //      one instance on each
 * await family.any().hit(); //                     a call, through shared memory
 * const locals = await family.all().local(); //    one result per worker
 * assert(locals.includes(1));
 * ```
 *
 * @module
 */

export * from "./aware/mod.ts";
export * from "./batching/mod.ts";
export {
  type ExportedAt,
  type IsPortable,
  MissingExportsError,
  move,
  NotHereError,
  type NotPortable,
  type Portable,
  type PortableArguments,
  type PortableLeaf,
  type PortableList,
  type PortableMap,
  type PortableSet,
  type Sendable,
  type UnportableClass,
} from "./codec/mod.ts";
export * from "./desync/mod.ts";
export * from "./linked/mod.ts";
export * from "./parallel/mod.ts";
export * from "./serve/mod.ts";
export * from "./sync/mod.ts";
export * from "./topology/mod.ts";
export * from "./workers/mod.ts";
