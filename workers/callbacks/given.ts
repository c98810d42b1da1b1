/**
 * The callbacks that a thread has given to others.
 *
 * @module
 */

import { currentHome } from "../local/current_home.ts";
import type { Home } from "../local/home.ts";
import type { CallbackGiver, CallbackSource } from "./callback.ts";

/** A task or call that callbacks are given to. */
export interface Receiver {
  /** How errors call it. */
  readonly label?: string;
}

/** A callback that was given to a task or call. */
export interface Given {
  readonly source: CallbackSource;
  /** What it was given to, once that was sent. */
  receiver: Receiver | undefined;
  /** Whether its function is on the stack. */
  isRunning: boolean;
  /** Where it was given. */
  readonly home: Home | undefined;
  /** Takes it back. */
  readonly forget: () => void;
}

/** Callbacks by number. */
export class GivenCallbacks implements CallbackGiver {
  readonly #given = new Map<number, Given>();
  #next = 1;
  /** Those of the frame that is just written. */
  #fresh: number[] | undefined;

  /** Begins a frame. Returns what {@linkcode end} has to be told. */
  begin(): number[] | undefined {
    const former = this.#fresh;
    this.#fresh = undefined;
    return former;
  }

  /**
   * A frame was written.
   *
   * @returns What releases its callbacks; undefined if there are none.
   */
  end(
    former: number[] | undefined,
    receiver: Receiver,
  ): (() => void) | undefined {
    const fresh = this.#fresh;
    this.#fresh = former;
    if (fresh === undefined) return undefined;
    const brief = fresh.filter((id) => {
      const given = this.#given.get(id);
      if (given !== undefined) given.receiver = receiver;
      return given?.source.keep === false;
    });
    return () => brief.forEach((id) => this.takeBack(id));
  }

  /** A frame could not be written: nobody gets its callbacks. */
  drop(former: number[] | undefined): void {
    const fresh = this.#fresh ?? [];
    this.#fresh = former;
    for (const id of fresh) this.takeBack(id);
  }

  give(source: CallbackSource): number {
    const id = this.#next++;
    const forget = () => this.takeBack(id);
    const home = currentHome();
    const given = {
      source,
      receiver: undefined,
      isRunning: false,
      home,
      forget,
    };
    this.#given.set(id, given);
    (this.#fresh ??= []).push(id);
    source.onRelease.add(forget);
    return id;
  }

  takeBack(id: number): void {
    const given = this.#given.get(id);
    if (given === undefined) return;
    this.#given.delete(id);
    given.source.onRelease.delete(given.forget);
  }

  /** The callback with a number; undefined if it cannot be called any more. */
  of(id: number): Given | undefined {
    return this.#given.get(id);
  }
}

/** Why a callback cannot be called any more. */
export function released(): Error {
  return new TypeError(
    "Cannot call back as the task or call has ended that the callback was given to, or the callback was released: make it with { keep: true } and release it later",
  );
}

/** Why a callback cannot be called whose thread is gone. */
export function goneHome(): Error {
  return new TypeError(
    "Cannot call back as the thread is gone that the callback belongs to",
  );
}
