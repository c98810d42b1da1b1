/**
 * What the workers of a server say of themselves, in shared memory: each writes its own
 * part, and everybody reads.
 *
 * ```
 * words    state, length of the text, socket, beats, stand-in
 * counts   connections, requests, active, refused, errors: 64-bit numbers
 * text     why it does not listen, in UTF-8
 * ```
 *
 * Each count has one writer, so it is counted up by a plain load and store. A reader may
 * see a count that is a moment old.
 *
 * @module
 */

import {
  bytesOf,
  doublesOf,
  LINE,
  type SharedSlice,
  wordsOf,
} from "../sync/memory/memory.ts";
import type { ServingState, WorkerServing } from "./server_stats.ts";

/** Connections. */
export const CONNECTIONS = 0;
/** Requests that handlers got. */
export const REQUESTS = 1;
/** What is under way. */
export const ACTIVE = 2;
/** What was refused. */
export const REFUSED = 3;
/** Handlers that threw. */
export const ERRORS = 4;
const COUNTS = 5;

const STATE = 0;
const TEXT_LENGTH = 1;
/** The number of its socket in this process, and one; 0: unknown. */
const SOCKET = 2;
/** Is counted up as long as its event loop turns. */
const BEATS = 3;
/** Whether somebody accepts in its place while it is replaced: see `stand_ins.ts`. */
const STAND_IN = 4;
/** Even, so that what follows is aligned. */
const WORDS = 6;
const STATES: readonly ServingState[] = [
  "idle",
  "starting",
  "listening",
  "draining",
  "stopped",
  "failed",
];

const STAND_IN_STATES = ["none", "asked", "there", "refused"] as const;

/** Whether somebody accepts in place of a worker. */
export type StandInState = typeof STAND_IN_STATES[number];

const COUNTS_AT = 4 * WORDS;
const TEXT_AT = LINE;
const TEXT_BYTES = 3 * LINE;
const PART = TEXT_AT + TEXT_BYTES;

/** How often a worker shows that its event loop turns, in ms. */
export const BEAT = 250;

/** The counts of one worker. */
export type Counts = Float64Array<SharedArrayBuffer>;

/** Where all workers of a server say what they do. */
export class Board {
  /** Where it is, for other threads. */
  readonly slice: SharedSlice;
  readonly #most: number;

  /** Attaches to memory for so many workers. */
  constructor(slice: SharedSlice, most: number) {
    this.slice = slice;
    this.#most = most;
  }

  /** New memory for so many workers; untouched, it costs addresses only. */
  static allocate(most: number): Board {
    const buffer = new SharedArrayBuffer(PART * most);
    return new Board({ buffer, byteOffset: 0 }, most);
  }

  /** How many workers there may be. */
  get most(): number {
    return this.#most;
  }

  /** The part of a worker. */
  at(worker: number): BoardPart {
    const { buffer, byteOffset } = this.slice;
    return new BoardPart({ buffer, byteOffset: byteOffset + PART * worker });
  }
}

/** What one worker says of itself. */
export class BoardPart {
  /** What it counts. */
  readonly counts: Counts;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #text: Uint8Array<SharedArrayBuffer>;

  /** At some place. */
  constructor({ buffer, byteOffset }: SharedSlice) {
    this.#words = wordsOf({ buffer, byteOffset }, WORDS);
    this.counts = doublesOf(
      { buffer, byteOffset: byteOffset + COUNTS_AT },
      COUNTS,
    );
    this.#text = bytesOf(
      { buffer, byteOffset: byteOffset + TEXT_AT },
      TEXT_BYTES,
    );
  }

  /** What the worker is doing. */
  get state(): ServingState {
    return STATES[Atomics.load(this.#words, STATE)]!;
  }

  /** Says what it is doing. */
  say(state: ServingState, why = ""): void {
    const bytes = new TextEncoder().encode(why).subarray(0, TEXT_BYTES);
    this.#text.set(bytes);
    Atomics.store(this.#words, TEXT_LENGTH, bytes.length);
    Atomics.store(this.#words, STATE, STATES.indexOf(state));
  }

  /** The number of its socket in this process; undefined: unknown. */
  get descriptor(): number | undefined {
    const word = Atomics.load(this.#words, SOCKET);
    return word === 0 ? undefined : word - 1;
  }

  set descriptor(descriptor: number | undefined) {
    Atomics.store(
      this.#words,
      SOCKET,
      descriptor === undefined ? 0 : descriptor + 1,
    );
  }

  /** Whether somebody accepts in its place. */
  get standIn(): StandInState {
    return STAND_IN_STATES[Atomics.load(this.#words, STAND_IN)]!;
  }

  set standIn(state: StandInState) {
    Atomics.store(this.#words, STAND_IN, STAND_IN_STATES.indexOf(state));
  }

  /** Changes that, unless the other side has changed it meanwhile. Returns whether it did. */
  turnStandIn(from: StandInState, to: StandInState): boolean {
    const expected = STAND_IN_STATES.indexOf(from);
    const next = STAND_IN_STATES.indexOf(to);
    return Atomics.compareExchange(this.#words, STAND_IN, expected, next) ===
      expected;
  }

  /** Its event loop turns: to be called every {@linkcode BEAT} ms. */
  beat(): void {
    Atomics.add(this.#words, BEATS, 1);
  }

  /** How often that was called. */
  get beats(): number {
    return Atomics.load(this.#words, BEATS);
  }

  /** What it did so far. */
  read(worker: number): WorkerServing {
    const { state, counts } = this;
    const length = Atomics.load(this.#words, TEXT_LENGTH);
    const failure = state !== "failed" || length === 0
      ? undefined
      : new TextDecoder().decode(this.#text.slice(0, length));
    return {
      worker,
      state,
      connections: counts[CONNECTIONS]!,
      requests: counts[REQUESTS]!,
      active: counts[ACTIVE]!,
      refused: counts[REFUSED]!,
      errors: counts[ERRORS]!,
      failure,
    };
  }
}
