/**
 * Marks: calls as entries of the engine's own timeline.
 *
 * @module
 */

/** What begins all names of marks. */
const PREFIX = "kindred:";

/**
 * Calls that are to be seen in the timeline of `performance`, as long as anybody
 * wants them there. They stay there until `performance.clearMeasures()`.
 */
export class CallMarks {
  readonly #changed: (wanted: boolean) => void;
  #wanted = 0;

  /** Nobody wants them yet; says whenever that changes. */
  constructor(changed: (wanted: boolean) => void) {
    this.#changed = changed;
  }

  /** Whether anybody wants them. */
  get wanted(): boolean {
    return this.#wanted > 0;
  }

  /** Wants marks until what it returns is disposed. */
  want(): Disposable {
    this.#change(1);
    let wants = true;
    return {
      [Symbol.dispose]: () => {
        if (wants) this.#change(-1);
        wants = false;
      },
    };
  }

  #change(by: number): void {
    this.#wanted += by;
    this.#changed(this.wanted);
  }

  /** Adds a call that ends now. */
  add(name: string, start: number, detail: CallMarkDetail): void {
    performance.measure(PREFIX + name, {
      start,
      end: performance.now(),
      detail,
    });
  }
}

/** What a mark says besides when and for how long. */
export interface CallMarkDetail {
  /** The worker; undefined: any. */
  readonly worker: number | undefined;
  /** Whether it came to a value. */
  readonly ok: boolean;
}
