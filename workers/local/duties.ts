/**
 * What a worker does that nobody calls for: it is ended before the worker is.
 *
 * @module
 */

/** Something that goes on by itself, such as a server that accepts connections. */
export interface Duty {
  /** What it is called in errors. */
  readonly name: string;
  /** Resolves when it goes on, or never will. Default: at once. */
  begun?(): Promise<unknown>;
  /**
   * Begins with nothing new. Resolves when nothing is under way. What runs meanwhile may
   * call other workers, and be called.
   */
  end(): Promise<void>;
}

/** The duties of a worker. */
export class Duties {
  readonly #open = new Map<Duty, Promise<void> | undefined>();
  readonly #fail: (name: string, error: unknown) => void;
  #isEnding = false;

  /** None yet. @param fail Is told what they throw at their end. */
  constructor(fail: (name: string, error: unknown) => void) {
    this.#fail = fail;
  }

  /** Whether there is nothing to be ended. */
  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** Resolves when all that were taken on go on. */
  async begun(): Promise<void> {
    await Promise.allSettled(
      [...this.#open.keys()].map((duty) => duty.begun?.()),
    );
  }

  /** Takes on a duty, until it has ended. */
  takeOn(duty: Duty): void {
    this.#open.set(duty, undefined);
    if (this.#isEnding) this.#end(duty);
  }

  /** A duty has ended by itself. */
  letGo(duty: Duty): void {
    this.#open.delete(duty);
  }

  /** Ends all of them, and what is taken on meanwhile. */
  async end(): Promise<void> {
    this.#isEnding = true;
    while (this.#open.size > 0) {
      await Promise.all([...this.#open.keys()].map((duty) => this.#end(duty)));
    }
  }

  #end(duty: Duty): Promise<void> {
    let ended = this.#open.get(duty);
    if (ended === undefined) {
      ended = this.#endNow(duty);
      this.#open.set(duty, ended);
    }
    return ended;
  }

  async #endNow(duty: Duty): Promise<void> {
    await undefined; // it is noted before it can have ended
    try {
      await duty.end();
    } catch (error) {
      this.#fail(duty.name, error);
    } finally {
      this.#open.delete(duty);
    }
  }
}
