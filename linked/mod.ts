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

export {
  type Caller,
  type ForwardedCall,
  type WorkerPicker,
} from "./caller.ts";
export { Linked, linked } from "./definition.ts";
export { PartialFailureError } from "./errors.ts";
export { Family, type FamilyParts } from "./family.ts";
export { type FamilyHandle } from "./family_handle.ts";
export {
  Forwarding,
  type ForwardingParts,
  type ForwardOptions,
} from "./forwarding.ts";
export { type FamilyId } from "./known_families.ts";
export { InstanceHandle } from "./instance_handle.ts";
export { InstancePerThread } from "./instance_per_thread.ts";
export { type LinkContext } from "./link_context.ts";
export { type LinkedOptions } from "./linked_options.ts";
export { familyOf, LocalFamily } from "./local_family.ts";
export {
  type Forwarded,
  type MethodName,
  type Remote,
  type RemoteAll,
  type RemoteMethod,
  type Yielded,
} from "./remote.ts";
export {
  type SiblingLine,
  type SiblingLines,
  type SiblingPlace,
} from "./sibling_lines.ts";
export { Siblings } from "./siblings.ts";
export { type Signature } from "./signature.ts";
export { type NearNode, WorkerChoice } from "./worker_choice.ts";
