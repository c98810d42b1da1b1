/**
 * The kinds of channels that the same tests run over.
 *
 * @module
 */

import { Channel, type ChannelOptions } from "../../../sync/mod.ts";
import { NUMBERS } from "../fixtures/channel_codec.ts";

/** A kind of channel. */
export interface ChannelKind {
  /** How tests name it. */
  readonly name: string;
  /** Makes one of numbers with room for so many, if it can be limited. */
  make(capacity: number): Channel<number>;
  /** Whether it has a limit: not those without one, nor a rendezvous. */
  readonly bounded: boolean;
  /** Whether there can be more than one of a side. */
  readonly many: boolean;
  /** Whether a message can wait to be received. */
  readonly holds: boolean;
}

function kind(
  name: string,
  make: (capacity: number) => Channel<number>,
  rest: Partial<ChannelKind> = {},
): ChannelKind {
  return { name, make, bounded: true, many: true, holds: true, ...rest };
}

function ofNumbers(options: ChannelOptions): Channel<number> {
  return new Channel<number>("f64", options);
}

/** All of them. */
export const KINDS: readonly ChannelKind[] = [
  kind("array", (capacity) => ofNumbers({ capacity })),
  kind("single", (capacity) => ofNumbers({ capacity, single: true }), {
    many: false,
  }),
  kind("unbounded", () => ofNumbers({ reserve: 2 ** 24 }), { bounded: false }),
  kind("unbounded single", () => ofNumbers({ single: true }), {
    bounded: false,
    many: false,
  }),
  kind("rendezvous", () => ofNumbers({ capacity: 0 }), {
    bounded: false,
    holds: false,
  }),
  kind("codec", (capacity) => new Channel(NUMBERS, { capacity })),
  kind("unbounded codec", () => new Channel(NUMBERS), { bounded: false }),
  kind("rendezvous codec", () => new Channel(NUMBERS, { capacity: 0 }), {
    bounded: false,
    holds: false,
  }),
];
