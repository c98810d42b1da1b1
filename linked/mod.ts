/**
 * Families of linked objects: one instance per thread, single-threaded inside,
 * one object from outside.
 *
 * ```ts
 * import { linked, type Linked } from "@kindred/kindred/linked";
 * import { assertEquals } from "@std/assert";
 *
 * class Greeter {
 *   greet(name: string): string {
 *     return `Hello, ${name}!`;
 *   }
 * }
 * export const greeter: Linked<Greeter> = linked(import.meta.url, "greeter", {
 *   create: () => new Greeter(),
 * });
 * assertEquals(greeter.name, "greeter");
 * ```
 *
 * @module
 */

export { type Caller } from "./caller.ts";
export { Linked, linked, type LinkedOptions } from "./definition.ts";
export { PartialFailureError } from "./errors.ts";
export { Family, type FamilyParts } from "./family.ts";
export { type FamilyId } from "./known_families.ts";
export { type FamilyHandle, LocalFamily } from "./local_family.ts";
export {
  type MethodName,
  type Remote,
  type RemoteAll,
  type RemoteMethod,
  type Yielded,
} from "./remote.ts";
