/**
 * Answers that cannot be read until what they need is imported.
 *
 * @module
 */

import type { MissingExportsError } from "../../codec/missing_exports_error.ts";
import type { Reader } from "../../codec/reader.ts";
import { FAILURE, ITEM, RESULT } from "../mailbox/frame_kind.ts";
import type { KeptFrame } from "../mailbox/kept_frame.ts";
import type { Peer } from "../mailbox/peer.ts";

/** The answers to one call. */
interface Importing {
  readonly missing: MissingExportsError;
  readonly frames: KeptFrame[];
}

/** Who handles them. */
export interface ImportingAnswersOptions {
  /** Handles an answer. */
  readonly receive: (from: Peer, kind: number, frame: Reader) => void;
  /** A call has an answer that cannot be read at all. */
  readonly reject: (from: Peer, number: number, reason: unknown) => void;
}

/** The kinds of frames that answer a call whose number is the first word. */
const ANSWERS: ReadonlySet<number> = new Set([RESULT, FAILURE, ITEM]);

/** Answers that wait for modules, and what has to come after them, by call. */
export class ImportingAnswers {
  readonly #options: ImportingAnswersOptions;
  readonly #calls = new Map<number, Importing>();

  /** None waits. */
  constructor(options: ImportingAnswersOptions) {
    this.#options = options;
  }

  /** Whether any waits. */
  get isNeeded(): boolean {
    return this.#calls.size > 0;
  }

  /** Keeps an answer if one before it to the same call waits. */
  comesAfter(from: Peer, kind: number, frame: Reader): boolean {
    if (!ANSWERS.has(kind)) return false;
    const call = this.#calls.get(frame.words[frame.at]!);
    if (call === undefined) return false;
    call.frames.push({ from, kind, frame: frame.copy() });
    return true;
  }

  /** Keeps an answer, and handles it once all that it needs is imported. */
  import(
    from: Peer,
    kind: number,
    frame: Reader,
    missing: MissingExportsError,
  ): void {
    const number = frame.words[frame.at]!;
    const frames = [{ from, kind, frame: frame.copy() }];
    const call: Importing = { missing, frames };
    this.#calls.set(number, call);
    missing.import().then(() => {
      if (this.#calls.get(number) === call) this.#imported(number, frames);
    }, (error) => {
      if (this.#calls.get(number) === call) this.#refuse(number, error);
    });
  }

  /**
   * Rejects a call whose answer waits: its thread blocks until it is settled, so that
   * nothing would ever be imported. Returns whether there was one.
   */
  refuse(number: number): boolean {
    const call = this.#calls.get(number);
    if (call === undefined) return false;
    this.#refuse(number, call.missing);
    return true;
  }

  #imported(number: number, frames: readonly KeptFrame[]): void {
    this.#calls.delete(number);
    for (const { from, kind, frame } of frames) {
      this.#options.receive(from, kind, frame);
    }
  }

  #refuse(number: number, reason: unknown): void {
    const { from } = this.#calls.get(number)!.frames[0]!;
    this.#calls.delete(number);
    this.#options.reject(from, number, reason);
  }
}
