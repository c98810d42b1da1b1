/**
 * Stores that grow: chains of segments.
 *
 * The protocol is in the folder's README, "Segments".
 *
 * @module
 */

import { LINE, type SharedSlice } from "../memory/memory.ts";
import { ByteSegments } from "./byte_segments.ts";
import type { Flavor, Shape, Store } from "./flavor.ts";
import { RecordSegments } from "./record_segments.ts";
import { geometryOf } from "./segment_layout.ts";

export {
  checkReserve,
  DEFAULT_RESERVE,
  MAX_RESERVE,
  MIN_RESERVE,
} from "./segment_layout.ts";

/**
 * The store of channels without a capacity, and of all whose messages have no
 * fixed size.
 */
export const segmentsFlavor: Flavor = {
  byteLength: (shape) => Math.ceil(4 * geometryOf(shape).words / LINE) * LINE,
  attach: <T>(slice: SharedSlice, shape: Shape<T>): Store<T> =>
    shape.record === undefined
      ? new ByteSegments(slice, shape)
      : new RecordSegments(slice, shape),
};
