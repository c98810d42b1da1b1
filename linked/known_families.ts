/**
 * The families that this thread can call, by how messages name them.
 *
 * @module
 */

import { perRealm } from "../sync/thread/realm.ts";
import type { Family } from "./family.ts";

/** Names a family in messages between the threads of a runtime. */
export interface FamilyId {
  /** Names the runtime. */
  readonly runtime: string;
  /** The number of the family in it. */
  readonly number: number;
}

/** Finds a family of one runtime. */
export type FamilyFinder = (number: number) => Family<object> | undefined;

function finders(): Map<string, FamilyFinder> {
  return perRealm("families", () => new Map<string, FamilyFinder>());
}

/** Makes the families of a runtime known on this thread. */
export function knowFamilies(runtime: string, find: FamilyFinder): void {
  finders().set(runtime, find);
}

/** Forgets the families of a runtime. */
export function forgetFamilies(runtime: string): void {
  finders().delete(runtime);
}

/** The family with an id, as this thread has it; undefined if it has none. */
export function familyWith(
  { runtime, number }: FamilyId,
): Family<object> | undefined {
  return finders().get(runtime)?.(number);
}
