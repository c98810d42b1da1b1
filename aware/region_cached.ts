/**
 * Values that all read and few change.
 *
 * @module
 */

import { KIND } from "../codec/portable_kind.ts";
import type { Portable, Sendable } from "../codec/portable.ts";
import { isRoomFor, sentFields } from "../codec/sent_fields.ts";
import { allocate } from "../sync/memory/arena.ts";
import { partOf, type SharedSlice } from "../sync/memory/memory.ts";
import { topology } from "../topology/detect.ts";
import { currentAffinity } from "./current_affinity.ts";
import { DecodedFrame, frameOf } from "./decoded_frame.ts";
import { BOARD_SIZE, FrameBoard, MOST_OF_FRAME } from "./frame_board.ts";
import { registerKept } from "./kept_kind.ts";
import { COPY_SIZE, NodeCopy } from "./node_copy.ts";
import { growingMemory } from "./node_memory.ts";

/** Where a value is: what is sent. */
interface Parts extends SharedSlice {
  /** The two places of the board, and one for each node where there are several. */
  readonly places: readonly SharedArrayBuffer[];
}

/** What a value is made of that another thread has sent. */
class Existing {
  readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }
}

/** Where a value is. */
let partsOf: (cached: RegionCached<unknown>) => Parts;
/** Attaches to one. */
let attach: (parts: Parts) => RegionCached<unknown>;

/**
 * A value that all threads read, and that is seldom replaced: configuration, routes, a
 * table of prices. It is kept in shared memory, with a copy on each NUMA node; a thread
 * turns the copy of its node into a value once, and as long as nobody replaces it,
 * reading is one atomic load.
 *
 * A thread sees at once what it has set itself, unless another one has set something
 * since; it sees what others set in the order in which they did, and never goes back to
 * an older value. Of values that are set quickly one after the other, it may miss some.
 *
 * After `region_cached` of Rust's `folo` (https://crates.io/crates/region_cached).
 *
 * @example Prices that workers look up
 * ```ts
 * import { RegionCached, Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * const prices = new RegionCached(new Map([["tea", 3]]));
 *
 * await using runtime = await Runtime.start();
 * const priceOfTea = () =>
 *   runtime.spawn((prices: RegionCached<Map<string, number>>) =>
 *     prices.get().get("tea"), prices);
 * assertEquals(await priceOfTea(), 3);
 * prices.set(new Map([["tea", 4]]));
 * assertEquals(await priceOfTea(), 4);
 * ```
 *
 * @typeParam T The type of the value: portable, without shared memory in it.
 */
export class RegionCached<T> implements Sendable {
  static {
    partsOf = (cached) => cached.#parts;
    attach = (parts) => new RegionCached<unknown>(new Existing(parts));
  }

  /** Never there at run time. */
  declare readonly "~sendable": true;
  readonly #parts: Parts;
  readonly #board: FrameBoard;
  readonly #copies: readonly NodeCopy[];
  readonly #decoded = new DecodedFrame<T>();

  /**
   * Makes one with a value.
   *
   * @throws {TypeError} If it is not portable, or has shared memory in it.
   * @throws {RangeError} If it takes more than 64 MiB.
   */
  constructor(value: T & Portable<T>) {
    const source: unknown = value;
    // Before anything is allocated.
    const frame = source instanceof Existing ? undefined : frameOf(value);
    const parts = this.#parts = source instanceof Existing
      ? source.parts
      : allocateParts();
    const { places } = parts;
    const board = this.#board = new FrameBoard({ head: parts, places });
    this.#copies = places.slice(2).map((memory, node) =>
      new NodeCopy(board, {
        head: partOf(parts, BOARD_SIZE + node * COPY_SIZE),
        memory,
      })
    );
    if (frame !== undefined) board.write(frame, currentAffinity());
  }

  /**
   * The value: on each thread an object of its own, the same one until the value is
   * replaced. Arrays and plain objects in it are frozen; nothing of it is to be changed.
   *
   * @throws {Error} If it has instances of a class that this thread has not imported.
   */
  get(): T {
    const decoded = this.#decoded;
    return this.#board.generation === decoded.generation
      ? decoded.value as T
      : this.#refresh();
  }

  /**
   * Replaces the value, for all threads.
   *
   * @throws {TypeError} If it is not portable, or has shared memory in it.
   * @throws {RangeError} If it takes more than 64 MiB.
   */
  set(value: T & Portable<T>): void {
    this.#board.write(frameOf(value), currentAffinity());
  }

  #refresh(): T {
    const here = currentAffinity();
    const copy = here === "unknown" ? undefined : this.#copies[here.node];
    return this.#decoded.take(
      copy === undefined ? this.#board.read() : copy.read(here),
    );
  }
}

function allocateParts(): Parts {
  const { length } = topology().nodes;
  const copies = length > 1 ? length : 0;
  return {
    ...allocate(BOARD_SIZE + copies * COPY_SIZE),
    places: Array.from(
      { length: 2 + copies },
      () => growingMemory(MOST_OF_FRAME),
    ),
  };
}

registerKept<RegionCached<unknown>, Parts>({
  number: KIND.REGION_CACHED,
  type: RegionCached,
  encode: partsOf,
  decode: (parts) => areParts(parts) ? attach(parts) : undefined,
});

function areParts(parts: unknown): parts is Parts {
  const { places, ...head } = sentFields<Parts>(parts);
  return Array.isArray(places) && places.length >= 2 &&
    places.every((each) => each instanceof SharedArrayBuffer) &&
    isRoomFor(BOARD_SIZE + (places.length - 2) * COPY_SIZE, head);
}
