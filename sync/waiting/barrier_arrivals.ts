/**
 * The words of a barrier: who has arrived in which phase, and whether it broke.
 *
 * The protocol is in the folder's README, "Barrier".
 *
 * @module
 */

import { BarrierBrokenError } from "./barrier_broken_error.ts";
import { LINE, type SharedSlice, wordsOf } from "../memory/memory.ts";
import {
  currentThread,
  runsElsewhere,
  type ThreadId,
} from "../thread/thread.ts";

/** The word that says how far they are: phase << 16 | BROKEN | arrived. */
export const STATE = 0;
const PARTIES = LINE / 4;
const ARRIVALS = 2 * LINE / 4;

const BROKEN = 0x8000;
const COUNT = 0x7fff;

/** The most parties that a barrier can have. */
export const MAX_PARTIES: number = COUNT;

/** The arrivals at a barrier. */
export class BarrierArrivals {
  /** The view that holds {@linkcode STATE}. */
  readonly words: Int32Array;
  /** How many threads meet, as the maker said. */
  readonly parties: number;

  /**
   * @param slice Where they are.
   * @param parties How many threads meet: what the handle says.
   */
  constructor(slice: SharedSlice, parties: number) {
    this.words = wordsOf(slice, wordCountOf(parties));
    this.parties = parties;
  }

  /** How many parties there are in memory. */
  get storedParties(): number {
    return Atomics.load(this.words, PARTIES);
  }

  /** Writes down who will meet first, as if they had met before. */
  begin(members: readonly ThreadId[]): void {
    Atomics.store(this.words, PARTIES, this.parties);
    for (const [k, id] of members.entries()) {
      Atomics.store(this.words, ARRIVALS + this.parties + k, id);
    }
  }

  /** Whether a party gave up or was lost. */
  get broken(): boolean {
    return (Atomics.load(this.words, STATE) & BROKEN) !== 0;
  }

  /** The phase at this moment. */
  get phase(): number {
    return phaseOf(Atomics.load(this.words, STATE));
  }

  /** Counts this thread in. Returns its phase, or -1 if it completed that. */
  arrive(): number {
    const { parties } = this;
    for (;;) {
      const state = Atomics.load(this.words, STATE);
      if ((state & BROKEN) !== 0) throw brokenError();
      const arrived = state & COUNT;
      const last = arrived + 1 === parties;
      // The last arrival opens the next phase in the same step.
      const next = last ? (phaseOf(state) + 1) << 16 : state + 1;
      if (
        Atomics.compareExchange(this.words, STATE, state, next) !== state
      ) continue;
      const row = ARRIVALS + (phaseOf(state) & 1) * parties;
      Atomics.store(this.words, row + arrived, currentThread().id);
      if (!last) return phaseOf(state);
      if (parties > 1) Atomics.notify(this.words, STATE);
      return -1;
    }
  }

  /** Whether the phase was completed. Throws if it never will be. */
  isReleased(state: number, phase: number): boolean {
    if (phaseOf(state) !== phase) return true;
    if ((state & BROKEN) !== 0) throw brokenError();
    return false;
  }

  /** Those who met last time are those who will come. */
  someoneRunsElsewhere(phase: number): boolean {
    const me = currentThread().id;
    const row = ARRIVALS + ((phase + 1) & 1) * this.parties;
    for (let k = 0; k < this.parties; k++) {
      const id = Atomics.load(this.words, row + k);
      if (id !== 0 && id !== me && runsElsewhere(id)) return true;
    }
    return false;
  }

  /** Whether a thread that met last time is gone and has not arrived yet. */
  isMissingOneLost(phase: number): boolean {
    const { threads } = currentThread();
    const now = ARRIVALS + (phase & 1) * this.parties;
    const before = ARRIVALS + ((phase + 1) & 1) * this.parties;
    const arrived = Atomics.load(this.words, STATE) & COUNT;
    for (let k = 0; k < this.parties; k++) {
      const id = Atomics.load(this.words, before + k);
      if (id === 0 || threads.isLive(id)) continue;
      let came = false;
      for (let j = 0; j < arrived && !came; j++) {
        came = Atomics.load(this.words, now + j) === id;
      }
      if (!came) return true;
    }
    return false;
  }

  /** Breaks the barrier unless the phase is over. Returns whether it did. */
  break(phase: number): boolean {
    for (;;) {
      const state = Atomics.load(this.words, STATE);
      if (phaseOf(state) !== phase || (state & BROKEN) !== 0) return false;
      const broken = state | BROKEN;
      if (
        Atomics.compareExchange(this.words, STATE, state, broken) !== state
      ) continue;
      Atomics.notify(this.words, STATE);
      return true;
    }
  }
}

/** The phase of a state. */
export function phaseOf(state: number): number {
  return state >>> 16;
}

function wordCountOf(parties: number): number {
  return ARRIVALS + 2 * parties;
}

/** How much memory a barrier takes. */
export function byteLengthOf(parties: number): number {
  return 4 * wordCountOf(parties);
}

function brokenError(): BarrierBrokenError {
  return new BarrierBrokenError(
    "Cannot meet at the barrier as it is broken: a party gave up or was lost",
  );
}
