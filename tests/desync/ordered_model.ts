/**
 * An object as a plain list, without promises: what it does when it is left alone
 * as long as it can go on.
 *
 * @module
 */

import type { FailurePolicy } from "../../desync/mod.ts";

/** What a job does: at once, or when it is let go. */
export type Doing = "return" | "throw" | "wait and return" | "wait and throw";

/** What becomes of who waits for a job. */
export type Answer =
  | "value"
  | "thrown"
  | "refused"
  | "poisoned"
  | "cancelled";

/** A place in the line. */
export class ModelPlace {
  readonly id: number;
  readonly kind: "job" | "gate" | "after";
  readonly doing: Doing;
  /** Whether somebody waits for it. */
  readonly isAwaited: boolean;
  /** What he learns; undefined: it is not known yet. */
  answer: Answer | undefined = undefined;
  /** A gate that was resumed, or a promise that is settled. */
  isOpen = false;
  /** Whether that promise was rejected. */
  isRefused = false;
  hasBegun = false;

  constructor(
    id: number,
    kind: "job" | "gate" | "after",
    doing: Doing,
    isAwaited: boolean,
  ) {
    this.id = id;
    this.kind = kind;
    this.doing = doing;
    this.isAwaited = isAwaited;
  }
}

/** The list. */
export class OrderedModel {
  /** The jobs that have begun, in order. */
  readonly log: number[] = [];
  /** The failures of which nobody was told, in order. */
  readonly errors: string[] = [];
  isPoisoned = false;
  line: ModelPlace[] = [];
  /** What is under way. */
  current: ModelPlace | undefined = undefined;
  readonly #poisons: boolean;

  constructor(policy: FailurePolicy) {
    this.#poisons = policy === "poison";
  }

  get isIdle(): boolean {
    return this.current === undefined && this.line.length === 0;
  }

  /** Runs what can run, or as long as somebody waits for a place. */
  run(until?: ModelPlace): void {
    while (
      this.current === undefined && this.line.length > 0 &&
      until?.answer === undefined
    ) this.enter(this.line.shift()!);
  }

  /** It is the turn of a place. */
  enter(place: ModelPlace): void {
    if (place.answer !== undefined) return; // cancelled
    if (place.kind !== "job" && !place.isOpen) this.current = place;
    else if (place.isRefused) place.answer = "refused";
    else if (place.kind !== "gate") this.#begin(place);
  }

  /** What is under way has nothing to wait for any more. */
  pass(): void {
    const place = this.current!;
    this.current = undefined;
    if (place.hasBegun) this.#end(place);
    else this.enter(place);
  }

  #begin(place: ModelPlace): void {
    place.hasBegun = true;
    this.log.push(place.id);
    if (place.doing.startsWith("wait")) this.current = place;
    else this.#end(place);
  }

  #end(place: ModelPlace): void {
    if (place.doing.endsWith("return")) {
      place.answer ??= "value";
      return;
    }
    if (!place.isAwaited) this.errors.push(`${place.id}`);
    place.answer ??= "thrown";
    if (!this.#poisons) return;
    this.isPoisoned = true;
    for (const dropped of this.line) dropped.answer ??= "poisoned";
    this.line = [];
  }
}
