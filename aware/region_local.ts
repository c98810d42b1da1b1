/**
 * Values of which each node has its own.
 *
 * @module
 */

import { KIND } from "../codec/portable_kind.ts";
import type { Portable, Sendable } from "../codec/portable.ts";
import { isRoomFor, sentFields } from "../codec/sent_fields.ts";
import { allocate } from "../sync/memory/arena.ts";
import { partOf, type SharedSlice } from "../sync/memory/memory.ts";
import { OnceCell } from "../sync/value/once_cell.ts";
import { topology } from "../topology/detect.ts";
import type { MemoryAffinity } from "./affinity.ts";
import { currentAffinity } from "./current_affinity.ts";
import { DecodedFrame, frameOf } from "./decoded_frame.ts";
import { BOARD_SIZE, FrameBoard, MOST_OF_FRAME } from "./frame_board.ts";
import { registerKept } from "./kept_kind.ts";
import { growingMemory } from "./node_memory.ts";
import {
  type CopiedValue,
  decodeMaker,
  type Maker,
  makerOf,
} from "./slot_source.ts";

/** Where the values are. */
interface Parts extends SharedSlice {
  /** Two places for each node, and two for threads of which nobody knows where they are. */
  readonly places: readonly SharedArrayBuffer[];
  /** Whether a node has its first value; or who makes it. */
  readonly cells: readonly OnceCell<number>[];
}

/** What is sent. */
interface Sent {
  readonly parts: Parts;
  readonly maker: unknown;
}

/** What a value is made of that another thread has sent. */
class Existing<T> {
  readonly parts: Parts;
  readonly maker: Maker<T>;

  constructor(parts: Parts, maker: Maker<T>) {
    this.parts = parts;
    this.maker = maker;
  }
}

/** The values of one node, as this thread knows them. */
interface Local<T> {
  readonly board: FrameBoard;
  readonly cell: OnceCell<number>;
  readonly decoded: DecodedFrame<T>;
}

let existingOf: (local: RegionLocal<unknown>) => Existing<unknown>;

/**
 * A value of which each NUMA node has its own, in its memory, that the threads of the
 * node have in common: they read it as a {@linkcode RegionCached}, and what one of them
 * sets the others see, but no other node. Threads of which nobody knows where they are
 * have one together.
 *
 * The first value of a node is made by the thread that asks for it first, once.
 *
 * After `region_local` of Rust's `folo` (https://crates.io/crates/region_local).
 *
 * @example Usage
 * ```ts
 * import { RegionLocal, Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * const level = new RegionLocal(() => "low");
 * level.set("high"); // here
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const there = (level: RegionLocal<string>) => level.get();
 * assertEquals([await runtime.spawn(there, level), level.get()], ["low", "high"]);
 * ```
 *
 * @typeParam T The type of the values: portable, without shared memory in it.
 */
export class RegionLocal<T> implements Sendable {
  static {
    existingOf = (local) => new Existing(local.#parts, local.#maker);
  }

  /** Never there at run time. */
  declare readonly "~sendable": true;
  readonly #parts: Parts;
  readonly #maker: Maker<T>;
  readonly #locals: readonly Local<T>[];

  /**
   * Makes one without any value yet.
   *
   * @param source Makes the first value of each node, or is copied. To be sent, it is
   * portable.
   * @throws {TypeError} If it is no source.
   */
  constructor(source: (() => T & Portable<T>) | CopiedValue<T>) {
    const given: unknown = source;
    const { parts, maker } = given instanceof Existing
      ? given as Existing<T>
      : new Existing(allocateParts(), checkedMaker(source));
    this.#parts = parts;
    this.#maker = maker;
    this.#locals = parts.cells.map((cell, index) => ({
      cell,
      board: new FrameBoard({
        head: partOf(parts, index * BOARD_SIZE),
        places: parts.places.slice(2 * index),
      }),
      decoded: new DecodedFrame<T>(),
    }));
  }

  /**
   * The value of this thread's node: an object of its own on each thread, the same one
   * until the value is replaced. Arrays and plain objects in it are frozen; nothing of
   * it is to be changed.
   *
   * @throws {TypeError} If the first value is not portable, or has shared memory in it.
   * @throws {DeadlockError} If this thread is making the first value.
   * @throws What makes the first value throws: then whoever comes next makes it.
   */
  get(): T {
    const here = currentAffinity();
    const local = this.#at(here);
    const { board, decoded } = local;
    const { generation } = board;
    if (generation !== 0 && generation === decoded.generation) {
      return decoded.value as T;
    }
    if (generation === 0) this.#begin(local, here);
    return decoded.take(board.read());
  }

  /**
   * Replaces the value of this thread's node.
   *
   * @throws {TypeError} If it is not portable, or has shared memory in it.
   * @throws {RangeError} If it takes more than 64 MiB.
   */
  set(value: T & Portable<T>): void {
    const here = currentAffinity();
    this.#at(here).board.write(frameOf(value), here);
  }

  #at(here: MemoryAffinity): Local<T> {
    const locals = this.#locals;
    const last = locals.length - 1;
    return locals[here === "unknown" ? last : Math.min(here.node, last)]!;
  }

  /** Has the first value made; somebody may set another one meanwhile. */
  #begin({ cell, board }: Local<T>, here: MemoryAffinity): void {
    cell.getOrInit(() => {
      board.write(frameOf(this.#maker.make(here, here)), here, 0);
      return 1;
    });
  }
}

function checkedMaker<T>(source: (() => T) | CopiedValue<T>): Maker<T> {
  const maker = makerOf("RegionLocal", source);
  if (maker.given === undefined) return maker;
  throw new TypeError(
    "Cannot make RegionLocal as 'source' must be a function, { value } or { value, clone }: received { slots, at }",
  );
}

function allocateParts(): Parts {
  const count = topology().nodes.length + 1;
  return {
    ...allocate(count * BOARD_SIZE),
    places: Array.from(
      { length: 2 * count },
      () => growingMemory(MOST_OF_FRAME),
    ),
    cells: Array.from({ length: count }, () => new OnceCell("u32")),
  };
}

registerKept<RegionLocal<unknown>, Sent>({
  number: KIND.REGION_LOCAL,
  type: RegionLocal,
  encode: (local, out) => {
    const { parts, maker } = existingOf(local);
    out.tellSource();
    return { parts, maker: maker.encode(out) };
  },
  decode: (data, from) => {
    const { parts, maker } = sentFields<Sent>(data);
    if (!areParts(parts)) return undefined;
    const existing: unknown = new Existing(parts, decodeMaker(maker, from));
    return new RegionLocal(existing as () => unknown);
  },
});

function areParts(parts: unknown): parts is Parts {
  const { places, cells, ...head } = sentFields<Parts>(parts);
  return Array.isArray(cells) && cells.length > 0 &&
    cells.every((each) => each instanceof OnceCell) &&
    Array.isArray(places) && places.length === 2 * cells.length &&
    places.every((each) => each instanceof SharedArrayBuffer) &&
    isRoomFor(cells.length * BOARD_SIZE, head);
}
