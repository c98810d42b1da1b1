/**
 * Families in messages.
 *
 * @module
 */

import { decode } from "../codec/decode.ts";
import { encode } from "../codec/encode.ts";
import type { Sendable } from "../codec/portable.ts";
import { Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import type { StripedCounterHandle } from "../sync/value/striped_counter.ts";
import type { Linked } from "./definition.ts";
import { FamilyCounters } from "./family_counters.ts";
import { FamilyState } from "./family_state.ts";
import { familiesOf } from "./home_families.ts";
import { instanceHome } from "./instance_home.ts";

/**
 * Names a family in a message: plain data that `postMessage` can clone, and calls can
 * take along.
 *
 * A thread that attaches to it imports the definition and makes instances that
 * are linked with all others of the family.
 *
 * @typeParam T The type of the instances.
 */
export interface FamilyHandle<T extends object = object> extends Sendable {
  /** Never there: keeps the type of the instances. */
  readonly type?: T;
  /** The module that exports the definition. */
  readonly url: string;
  /** The name of the export. */
  readonly name: string;
  /** Which of all families it is. */
  readonly id: string;
  /** Whether it is the static family of the definition. */
  readonly isStatic: boolean;
  /** The encoded shared state. */
  readonly shared: Uint8Array<ArrayBuffer>;
  /** The shared buffers that it refers to. */
  readonly buffers: readonly SharedArrayBuffer[];
  /** Its counters, in the order of the definition. */
  readonly counters: readonly StripedCounterHandle[];
}

/**
 * Names a family.
 *
 * @throws {TypeError} If the shared state is not portable.
 */
export function handleOf(family: FamilyState): FamilyHandle {
  const { definition, shared, counters, id, isStatic, home } = family;
  const { url, name } = definition;
  const out = new Writer(256);
  const buffers: SharedArrayBuffer[] = [];
  out.buffers = buffers;
  encode(out, shared, `shared state of '${name}'`);
  familiesOf(home).name(id, family);
  const handle = {
    url,
    name,
    id,
    isStatic,
    shared: out.bytes.slice(0, out.byteLength),
    buffers,
    counters: counters.handles,
  };
  return handle as unknown as FamilyHandle;
}

/** The family that a handle names, in the home of what runs at this moment. */
export function attachFamily(
  definition: Linked<object>,
  handle: FamilyHandle,
): FamilyState {
  const { id, isStatic, shared, buffers } = handle;
  const families = familiesOf(instanceHome());
  const known = families.named(id);
  if (known !== undefined) return known;
  const reader = Reader.of(shared);
  reader.buffers = buffers;
  const counters = new FamilyCounters(definition, handle.counters);
  const options = { counters, isStatic, id };
  return families.settle(
    new FamilyState(definition, decode(reader), options),
  );
}
