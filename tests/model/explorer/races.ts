/**
 * Data races on plain accesses, found with vector clocks.
 *
 * Two accesses to one byte race if they come from different threads, at least
 * one writes, at least one is plain, and neither happens before the other. An
 * atomic read happens after the atomic write that it reads from, and a woken
 * thread after the `notify` that woke it: the edges of the memory model of
 * ECMAScript. Precise in the way of Flanagan and Freund, "FastTrack" (2009),
 * but with whole vectors, since there are only two or three threads.
 *
 * @module
 */

import type { Journal } from "./journal.ts";
import type { SharedBuffer } from "./shared_memory.ts";

/** One counter for each thread: what has happened before. Never changed. */
export type Clock = readonly number[];

/** Kinds of access, as indices of the shadow memory. */
export const PLAIN_READ = 0;
/** See {@linkcode PLAIN_READ}. */
export const PLAIN_WRITE = 1;
/** See {@linkcode PLAIN_READ}. */
export const ATOMIC_READ = 2;
/** See {@linkcode PLAIN_READ}. */
export const ATOMIC_WRITE = 3;

const KINDS = 4;
const PAGE = 256;
const CONFLICTS: readonly (readonly number[])[] = [
  [PLAIN_WRITE, ATOMIC_WRITE],
  [PLAIN_READ, PLAIN_WRITE, ATOMIC_READ, ATOMIC_WRITE],
  [PLAIN_WRITE],
  [PLAIN_READ, PLAIN_WRITE],
];

/** The clock that knows what both know. */
export function join(a: Clock, b: Clock): Clock {
  for (let i = 0; i < a.length; i++) {
    if (b[i]! > a[i]!) return a.map((n, k) => Math.max(n, b[k]!));
  }
  return a;
}

/** An earlier access that a new one races with. */
export interface Race {
  /** The other thread. */
  readonly thread: number;
  /** What it did there. */
  readonly kind: number;
  /** The byte in the buffer. */
  readonly byte: number;
}

/** When each thread last touched each byte in each way. */
export class Races {
  readonly #threads: number;
  readonly #journal: Journal;

  constructor(threads: number, journal: Journal) {
    this.#threads = threads;
    this.#journal = journal;
  }

  /** Notes an access; the race that it is part of, if any. */
  access(
    thread: number,
    clock: Clock,
    buffer: SharedBuffer,
    offset: number,
    width: number,
    kind: number,
  ): Race | undefined {
    const stride = this.#threads * KINDS;
    const conflicts = CONFLICTS[kind]!;
    const now = clock[thread]!;
    for (let byte = offset; byte < offset + width; byte++) {
      const shadow = buffer.shadow[byte >> 8] ??= new Int32Array(PAGE * stride);
      const base = (byte & (PAGE - 1)) * stride;
      for (let other = 0; other < this.#threads; other++) {
        if (other === thread) continue;
        for (const conflict of conflicts) {
          if (shadow[base + other * KINDS + conflict]! > clock[other]!) {
            return { thread: other, kind: conflict, byte };
          }
        }
      }
      const own = base + thread * KINDS + kind;
      if (shadow[own] !== now) this.#journal.set(shadow, own, now);
    }
    return undefined;
  }
}
