/**
 * What an instance is given besides the shared state when it is made.
 *
 * @module
 */

import type { StripedCounter } from "../sync/value/striped_counter.ts";
import type { Siblings } from "./siblings.ts";

/**
 * What `create` is given besides the shared state of the family: how an instance
 * works together with the others.
 *
 * @example How instances get it
 * ```ts
 * import { type Linked, linked, type LinkContext } from "@kindred/kindred/linked";
 * import { assertEquals } from "@std/assert";
 *
 * class Rumours {
 *   readonly #context: LinkContext<string>;
 *   constructor(context: LinkContext<string>) {
 *     this.#context = context;
 *   }
 *   tell(rumour: string): void {
 *     this.#context.counter("told").add();
 *     this.#context.siblings.broadcast(rumour);
 *   }
 * }
 * export const rumours: Linked<Rumours> = linked(import.meta.url, "rumours", {
 *   counters: ["told"],
 *   create: (_shared, context: LinkContext<string>) => new Rumours(context),
 * });
 * const family = rumours.family();
 * family.create().tell("it works"); // to nobody: no runtime has linked it
 * assertEquals(family.counter("told").value, 1);
 * ```
 *
 * @typeParam M The messages between siblings: a portable type.
 */
export interface LinkContext<M = unknown> {
  /** The other instances of the family that workers host: messages to and from them. */
  readonly siblings: Siblings<M>;
  /**
   * A counter of the family, by its name: the same one for all instances, and as
   * `family.counter(name)` gives it.
   *
   * @throws {TypeError} If the definition names no such counter.
   */
  counter(name: string): StripedCounter;
}
