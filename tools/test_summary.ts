/**
 * Reading what `deno test` prints at its end.
 *
 * @module
 */

/** How many tests passed and failed. */
export interface TestCounts {
  /** Tests that passed. */
  passed: number;
  /** Tests that failed. */
  failed: number;
}

const SUMMARY =
  /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed\b/gm;

// deno-lint-ignore no-control-regex -- colours begin with a control character.
const COLOUR = /\x1b\[[\d;]*m/g;

/** Keeps the end of an output that comes in pieces, and finds the summary in it. */
export class TestSummary {
  readonly #decoder = new TextDecoder();
  #tail = "";

  /** Takes the next piece of the output. */
  add(chunk: Uint8Array): void {
    this.#tail = (this.#tail + this.#decoder.decode(chunk, { stream: true }))
      .slice(-65_536);
  }

  /** The counts of the last summary line, or undefined if there is none. */
  counts(): TestCounts | undefined {
    const text = this.#tail.replaceAll("\r", "").replace(COLOUR, "");
    const last = [...text.matchAll(SUMMARY)].at(-1);
    if (last === undefined) return undefined;
    return { passed: Number(last[1]), failed: Number(last[2]) };
  }
}
