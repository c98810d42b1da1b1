/**
 * What a channel is: as plain data in handles, as words in its memory, and as the
 * store that it needs.
 *
 * @module
 */

import { recordTypeOf } from "../record/record.ts";
import type { RecordForm } from "../record/record_type.ts";
import { arrayFlavor } from "./array_store.ts";
import { builtInCodec } from "./built_in_codecs.ts";
import type { Codec } from "./codec.ts";
import { checkCodec } from "./codec_names.ts";
import type { Flavor, Shape } from "./flavor.ts";
import { recordCodec } from "./record_codec.ts";
import { rendezvousFlavor } from "./rendezvous.ts";
import { checkReserve, segmentsFlavor } from "./segments.ts";
import { singleFlavor } from "./single_store.ts";

/** The most messages that a channel with a limit can hold. */
export const MAX_CHANNEL_CAPACITY: number = 2 ** 24;

/** What the handles of a channel and of its ends say about the channel. */
export interface ChannelForm {
  /** No other channel of the program has this number. */
  readonly id: number;
  /** What the messages are, if they are records. */
  readonly record: RecordForm | undefined;
  /** The name of the codec, if they are not. */
  readonly codec: string | undefined;
  /** The most messages: 0 for a rendezvous, `Infinity` without a limit. */
  readonly capacity: number;
  /** Whether there is one sender and one receiver. */
  readonly single: boolean;
  /** Bytes of address space for messages of any size, or without a limit. */
  readonly reserve: number;
}

/** The stores, in the order of their numbers from 1 on. */
const FLAVORS: readonly Flavor[] = [
  arrayFlavor,
  singleFlavor,
  segmentsFlavor,
  rendezvousFlavor,
];

/**
 * The store that a channel of this form has.
 *
 * @throws {TypeError} If the messages are neither records nor those of the codec.
 * @throws {RangeError} If a number is out of range.
 */
export function shapeOf<T>(
  action: string,
  form: ChannelForm,
  given: Codec<T> | undefined,
): { shape: Shape<T>; flavor: Flavor; number: number } {
  const { capacity, single, reserve } = form;
  if (given !== undefined) checkCodec(action, given);
  const codec = given ??
    (form.codec === undefined
      ? undefined
      : builtInCodec(form.codec) as Codec<T> | undefined);
  const record = form.codec === undefined
    ? recordTypeOf<T>(action, form.record!)
    : undefined;
  if (form.codec !== codec?.name) {
    throw new TypeError(
      form.codec === undefined
        ? `Cannot ${action} as its messages are records and need no codec: received "${codec?.name}"`
        : `Cannot ${action} as its messages are made by the codec "${form.codec}", which must be given as the second argument of from(): received ${
          codec === undefined ? "undefined" : `"${codec.name}"`
        }`,
    );
  }
  if (
    capacity !== Infinity &&
    !(Number.isInteger(capacity) && capacity >= 0 &&
      capacity <= MAX_CHANNEL_CAPACITY)
  ) {
    throw new RangeError(
      `Cannot ${action} as 'capacity' must be an integer from 0 to ${MAX_CHANNEL_CAPACITY}: received ${capacity}`,
    );
  }
  checkReserve(action, reserve);
  const flavor = capacity === 0
    ? rendezvousFlavor
    : record === undefined || capacity === Infinity
    ? segmentsFlavor
    : single
    ? singleFlavor
    : arrayFlavor;
  const shape = {
    record,
    codec: codec ?? recordCodec(record!),
    capacity,
    reserve,
  };
  return { shape, flavor, number: FLAVORS.indexOf(flavor) + 1 };
}

/** What stands at the start of a channel's memory. The first word is never 0. */
export function formWordsOf(
  form: ChannelForm,
  number: number,
  shape: Shape<unknown>,
): number[] {
  return [
    number << 1 | (form.single ? 1 : 0),
    form.capacity === Infinity ? -1 : form.capacity,
    shape.record?.mark ?? 0,
    shape.record?.width ?? 0,
    form.reserve | 0,
  ];
}
