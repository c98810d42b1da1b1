/**
 * What a reference attaches to.
 *
 * @module
 */

import { releaseCounted } from "./counted_data.ts";
import type { ReferenceData } from "./reference_data.ts";

/** Data, and what is due when a reference to it is released. */
export class Attachment {
  /** The data. */
  readonly data: ReferenceData;
  /** What is due when this reference is released. */
  readonly end: (() => void) | undefined;
  /** Of a guest: gives what is due for one more. */
  readonly share: (() => () => void) | undefined;

  /** Attaches to data. */
  constructor(
    data: ReferenceData,
    end?: (() => void) | undefined,
    share?: (() => () => void) | undefined,
  ) {
    this.data = data;
    this.end = end;
    this.share = share;
  }
}

/** For a reference that is counted already, if they are. */
export function attachmentTo(data: ReferenceData): Attachment {
  return data.count === undefined
    ? new Attachment(data)
    : new Attachment(data, () => releaseCounted(data));
}
