/**
 * A home: what one thread of a runtime owns, or one inline worker.
 *
 * @module
 */

import { RuntimeClosedError } from "../errors.ts";
import type { Commons } from "./commons.ts";
import type { DisposeFailure } from "./dispose_error.ts";
import { Duties } from "./duties.ts";

/** Something that a thread owns. */
export interface Owned {
  /** What it is called in errors. */
  readonly name: string;
  /** Lets go of it. May throw, and may be awaited. */
  dispose(): unknown;
}

/** What a home is told. */
export interface HomeOptions {
  /** What all threads of the runtime know. */
  readonly commons: Commons;
  /** The worker whose home it is; undefined: it is that of the starting thread. */
  readonly worker: number | undefined;
}

/** What a thread owns, in the order in which it was made. */
export class Home {
  /** What all threads of the runtime know. */
  readonly commons: Commons;
  /** The worker whose home it is; undefined: it is that of the starting thread. */
  readonly worker: number | undefined;
  /** The runtime, as seen from here. */
  face: object | undefined;
  /** The values of this thread, by what made them. */
  readonly values: Map<object, unknown> = new Map();
  /** The data of references that are used here, by their names. */
  readonly data: Map<string, WeakRef<object>> = new Map();
  /** What it does that nobody calls for. */
  readonly duties: Duties = new Duties((name, error) => this.note(name, error));
  readonly #owned = new Set<Owned>();
  readonly #failures: DisposeFailure[] = [];
  #references = 0;
  #state: "open" | "closing" | "closed" = "open";

  /** Owns nothing yet. */
  constructor({ commons, worker }: HomeOptions) {
    this.commons = commons;
    this.worker = worker;
  }

  /** Whether what is made here can still be owned. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Whether there is something to be disposed. */
  get isEmpty(): boolean {
    return this.#owned.size === 0;
  }

  /** Whether all is disposed that was owned here. */
  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /**
   * Owns something: it is disposed when all threads have met, unless it is let go
   * of before.
   */
  own(owned: Owned): void {
    if (!this.isOpen) {
      throw new RuntimeClosedError(`make '${owned.name}'`);
    }
    this.#owned.add(owned);
  }

  /** Owns something no more. Returns whether it was owned. */
  letGo(owned: Owned): boolean {
    return this.#owned.delete(owned);
  }

  /** A disposer threw while the runtime was open: its end will tell. */
  note(name: string, error: unknown): void {
    this.#failures.push({ worker: this.worker, name, error });
  }

  /** The number of a new reference. */
  nextReference(): number {
    return ++this.#references;
  }

  /** Disposes all that is owned, one after the other, the last that was made first. */
  async close(): Promise<void> {
    this.#state = "closing";
    for (const owned of [...this.#owned].reverse()) {
      if (!this.letGo(owned)) continue; // another disposer did it
      try {
        await owned.dispose();
      } catch (error) {
        this.note(owned.name, error);
      }
    }
    this.#state = "closed";
    this.values.clear();
    this.data.clear();
  }

  /** What disposers threw, so far. */
  takeFailures(): DisposeFailure[] {
    return this.#failures.splice(0);
  }
}
