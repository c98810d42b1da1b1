/**
 * The arena: small shared objects of a thread are cut from common buffers.
 *
 * A SharedArrayBuffer of its own for each counter would cost an allocation, an
 * entry in every message and a table entry in every thread that knows it.
 *
 * @module
 */

import { LINE, type SharedSlice } from "./memory.ts";
import { perRealm } from "../thread/realm.ts";

const CHUNK = 256 * 1024;

/** Makes a zeroed buffer of so many bytes. */
export type MakeBuffer = (byteLength: number) => SharedArrayBuffer;

/** Cuts zeroed memory of so many bytes, which are whole lines. */
export type Cut = (byteLength: number) => SharedSlice;

interface Arena {
  chunk: SharedArrayBuffer | undefined;
  used: number;
  make: MakeBuffer;
  cut: Cut | undefined;
}

/**
 * Cuts zeroed shared memory that starts on a line of its own.
 *
 * Slices are never given back: a chunk lives for as long as anybody refers to
 * one of its slices.
 *
 * @param byteLength How much is needed, in bytes; rounded up to whole lines.
 */
export function allocate(byteLength: number): SharedSlice {
  const size = Math.ceil(byteLength / LINE) * LINE;
  const arena = arenaHere();
  if (arena.cut !== undefined) return arena.cut(size);
  if (size > CHUNK / 4) return { buffer: arena.make(size), byteOffset: 0 };
  if (arena.chunk === undefined || arena.used + size > CHUNK) {
    arena.chunk = arena.make(CHUNK);
    arena.used = 0;
  }
  const byteOffset = arena.used;
  arena.used += size;
  return { buffer: arena.chunk, byteOffset };
}

/**
 * Has all that this thread allocates from now on come from other buffers.
 *
 * @param make Makes them; default: from the heap, as without this call.
 */
export function allocateFrom(make: MakeBuffer = fromHeap): void {
  const arena = arenaHere();
  arena.make = make;
  arena.chunk = undefined;
}

/** Has all that a function allocates be cut from elsewhere. */
export function allocateWithin<R>(cut: Cut, run: () => R): R {
  const arena = arenaHere();
  const former = arena.cut;
  arena.cut = cut;
  try {
    return run();
  } finally {
    arena.cut = former;
  }
}

function fromHeap(byteLength: number): SharedArrayBuffer {
  return new SharedArrayBuffer(byteLength);
}

function arenaHere(): Arena {
  return perRealm<Arena>("arena", () => ({
    chunk: undefined,
    used: 0,
    make: fromHeap,
    cut: undefined,
  }));
}
