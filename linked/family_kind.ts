/**
 * How families travel in calls, results and the shared state of others.
 *
 * @module
 */

import { NotHereError } from "../codec/not_here_error.ts";
import { KIND, type PortableKind } from "../codec/portable_kind.ts";
import { CorruptFrameError } from "../codec/reader.ts";
import { sentFields } from "../codec/sent_fields.ts";
import { type FamilyId, familyWith } from "./known_families.ts";
import type { LocalFamily } from "./local_family.ts";

/** The class of families that can be called, as far as the codec needs it. */
export interface FamilyClass<F extends object> {
  /** Whether a value is one. */
  readonly is: (value: object) => value is F;
  /** How messages name one; undefined: no runtime has linked it. */
  readonly idOf: (family: F) => FamilyId | undefined;
}

interface FamilyInMessage extends FamilyId {
  /** For errors. */
  readonly name: string;
}

/** What the codec is told of families. */
export function familyKind<F extends LocalFamily<object>>(
  { is, idOf }: FamilyClass<F>,
): PortableKind<F, FamilyInMessage> {
  return {
    number: KIND.FAMILY,
    is,
    refuse: (family) =>
      idOf(family) === undefined
        ? "is a family that no runtime has linked"
        : undefined,
    encode: (family) => ({ ...idOf(family)!, name: family.definition.name }),
    decode: (sent) => {
      if (!isWhole(sent)) {
        throw new CorruptFrameError(
          "Cannot receive family as it is incomplete",
        );
      }
      const family: object | undefined = familyWith(sent);
      if (family !== undefined) return family as F;
      throw new NotHereError(
        `Cannot receive family '${sent.name}' on this thread as it belongs to another runtime`,
      );
    },
  };
}

function isWhole(sent: unknown): sent is FamilyInMessage {
  const { runtime, number, name } = sentFields<FamilyInMessage>(sent);
  return typeof runtime === "string" && typeof number === "number" &&
    typeof name === "string";
}
