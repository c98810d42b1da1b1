/**
 * Values in shared memory that all threads of a node share.
 *
 * The thread that makes a value sends the others nothing: it has all that the value
 * allocates, and the value itself as a frame, put into memory that all of them have
 * from the beginning, one region for each node. Who comes later reads the frame there.
 *
 * @module
 */

import { decode } from "../codec/decode.ts";
import { encode } from "../codec/encode.ts";
import { CorruptFrameError, Reader } from "../codec/reader.ts";
import { isRoomFor } from "../codec/sent_fields.ts";
import { Writer } from "../codec/writer.ts";
import { allocateWithin } from "../sync/memory/arena.ts";
import { bytesOf, LINE, wordsOf } from "../sync/memory/memory.ts";
import { OnceCell } from "../sync/value/once_cell.ts";
import type { MemoryAffinity } from "./affinity.ts";
import { growingMemory } from "./node_memory.ts";
import { Room } from "./node_room.ts";
import { freezeAround, livesInSharedMemory } from "./shared_value.ts";

/**
 * The most that the value of a node can take, in bytes: an unbounded channel alone
 * takes a quarter. Addresses only, until something is written there.
 */
const MOST = 2 ** 30;

/** What is sent of the shared values of all nodes. */
export interface SharedSlotsParts {
  /** Where the frame is in each region, in lines, once there is one. */
  readonly cells: readonly OnceCell<number>[];
  /** The memory of each node. */
  readonly regions: readonly SharedArrayBuffer[];
  /** The memory to which values may refer besides. */
  readonly known: readonly SharedArrayBuffer[];
}

/** The shared values of all nodes. */
export class SharedSlots {
  /** What is sent of them. */
  readonly parts: SharedSlotsParts;

  /** Attaches to them. */
  constructor(parts: SharedSlotsParts) {
    this.parts = parts;
  }

  /** Room for so many values, which may refer to some memory. */
  static allocate(
    nodes: number,
    known: readonly SharedArrayBuffer[],
  ): SharedSlots {
    const each = Array.from({ length: nodes });
    return new SharedSlots({
      cells: each.map(() => new OnceCell("u32")),
      regions: each.map(() => growingMemory(MOST)),
      known,
    });
  }

  /** Whether there is room for a value. */
  has(index: number): boolean {
    return index >= 0 && index < this.parts.cells.length;
  }

  /**
   * The value of a node; makes it if there is none, or waits for the thread that does.
   *
   * @param here Where this thread is.
   * @throws {TypeError} If the value does not live in shared memory.
   * @throws {DeadlockError} If this thread is making it.
   * @throws What `make` throws: then the next one that comes makes it.
   */
  take(index: number, here: MemoryAffinity, make: () => unknown): unknown {
    const region = this.parts.regions[index]!;
    let made: { readonly value: unknown } | undefined;
    const line = this.parts.cells[index]!.getOrInit(() => {
      const room = new Room(region, here);
      const value = allocateWithin((size) => room.cut(size), make);
      made = { value };
      return this.#write(index, value, room);
    });
    return made === undefined ? this.#read(region, line) : made.value;
  }

  #buffers(region: SharedArrayBuffer): SharedArrayBuffer[] {
    return [region, ...this.parts.known];
  }

  #write(index: number, value: unknown, room: Room): number {
    if (!livesInSharedMemory(value)) {
      throw new TypeError(
        `Cannot make value of node ${index} as it does not live in shared memory, but the first one does: received ${typeof value}`,
      );
    }
    freezeAround(value);
    const region = room.memory;
    const out = new Writer(256);
    const buffers = out.buffers = this.#buffers(region);
    const { length } = buffers;
    encode(out, value, "value");
    if (buffers.length > length) {
      throw new TypeError(
        `Cannot share value of node ${index} as it has a SharedArrayBuffer of its own: let it have objects of the library, or give the buffer as data of a closure`,
      );
    }
    const { byteOffset } = room.cut(4 + out.byteLength);
    const slice = { buffer: region, byteOffset };
    wordsOf(slice, 1)[0] = out.byteLength;
    bytesOf({ buffer: region, byteOffset: byteOffset + 4 }, out.byteLength)
      .set(out.bytes.subarray(0, out.byteLength));
    return byteOffset / LINE;
  }

  #read(region: SharedArrayBuffer, line: number): unknown {
    const byteOffset = line * LINE;
    const slice = { buffer: region, byteOffset };
    const byteLength = isRoomFor(4, slice) ? wordsOf(slice, 1)[0]! : -1;
    if (byteLength < 0 || !isRoomFor(4 + byteLength, slice)) {
      throw new CorruptFrameError(
        `Cannot read value of a node as there is none: received line ${line}`,
      );
    }
    const bytes = new Uint8Array(byteLength);
    bytes.set(
      bytesOf({ buffer: region, byteOffset: byteOffset + 4 }, byteLength),
    );
    const from = Reader.of(bytes);
    from.buffers = this.#buffers(region);
    const value = decode(from);
    freezeAround(value);
    return value;
  }
}
