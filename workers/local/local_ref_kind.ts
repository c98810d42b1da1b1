/**
 * How references travel in calls and results.
 *
 * @module
 */

import { KIND, type PortableKind } from "../../codec/portable_kind.ts";
import { CorruptFrameError } from "../../codec/reader.ts";
import { type Attachment, attachmentTo } from "./attachment.ts";
import { releaseCounted } from "./counted_data.ts";
import { receivedData } from "./known_data.ts";
import {
  isWhole,
  type ReferenceData,
  type SentData,
} from "./reference_data.ts";

/** The class of references, as far as the codec needs it. */
export interface ReferenceClass<R extends object> {
  /** Whether a value is one. */
  readonly is: (value: object) => boolean;
  /** What it refers to; undefined: it was released. */
  readonly dataOf: (ref: R) => ReferenceData | undefined;
  /** Makes one. */
  readonly refer: (attachment: Attachment) => R;
}

/** What the codec is told of references. */
export function localRefKind<R extends object>(
  { is, dataOf, refer }: ReferenceClass<R>,
): PortableKind<R, SentData> {
  return {
    number: KIND.LOCAL_REF,
    is,
    refuse: (ref, out) => {
      const data = dataOf(ref);
      if (data === undefined) return "is a reference that was released";
      if (out.buffers === undefined) {
        return "is a LocalRef: shared memory cannot be sent in a message, only in a call or as part of a family's shared state";
      }
      return data.count !== undefined && out.moved === undefined
        ? "is a counted LocalRef: only calls and their results can take it"
        : undefined;
    },
    encode: (ref, out) => {
      const data = dataOf(ref)!;
      const { count } = data;
      if (count !== undefined) {
        // The one that is on its way.
        count.add();
        out.whenDropped(() => releaseCounted(data));
      }
      return data.sent;
    },
    decode: (sent) => {
      if (!isWhole(sent)) {
        throw new CorruptFrameError(
          "Cannot decode reference as it is incomplete",
        );
      }
      return refer(attachmentTo(receivedData(sent)));
    },
  };
}
