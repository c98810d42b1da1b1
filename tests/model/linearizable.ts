/**
 * Whether a recorded history of concurrent calls could have come from an object
 * that does one call at a time.
 *
 * The search of Wing and Gong, "Testing and Verifying Concurrent Objects"
 * (1993), with the memory of Lowe, "Testing for Linearizability" (2017): a set
 * of calls that leads to the same state is not tried in a second order.
 *
 * @module
 */

/** A call: it took effect at one moment from `call` to `ret`. */
export interface HistoryEvent<I, O> {
  /** When it began. Any clock that all threads share will do. */
  readonly call: number;
  /**
   * When it returned; infinite if it never did. Then it may have taken effect
   * or not, and `output` does not matter.
   */
  readonly ret: number;
  readonly input: I;
  readonly output: O;
}

/** An object that does one call at a time. */
export interface SequentialModel<S, I, O> {
  readonly init: S;
  /** What a call returns and leaves; must not change `state`. */
  readonly step: (state: S, input: I) => { state: S; output: O };
  /** Equal for equal states; `JSON.stringify` unless given. */
  readonly key?: (state: S) => string;
  /** Whether outputs agree; compares `JSON.stringify` unless given. */
  readonly same?: (expected: O, actual: O) => boolean;
}

/**
 * Whether some order of the calls, which keeps the order of those that do not
 * overlap, is one that the model allows.
 *
 * @example
 * ```ts
 * import { linearizable } from "./linearizable.ts";
 *
 * const register = {
 *   init: 0,
 *   step: (state: number, input: number | "read") =>
 *     input === "read"
 *       ? { state, output: state }
 *       : { state: input, output: input },
 * };
 * linearizable([
 *   { call: 0, ret: 3, input: 7, output: 7 },
 *   { call: 1, ret: 2, input: "read", output: 7 },
 * ], register); // true: the write took effect before the read
 * ```
 */
export function linearizable<S, I, O>(
  history: readonly HistoryEvent<I, O>[],
  model: SequentialModel<S, I, O>,
): boolean {
  const key = model.key ?? text;
  const same = model.same ??
    ((expected: O, actual: O) => text(expected) === text(actual));
  const events = history.toSorted((a, b) => a.call - b.call);
  const done = new Uint8Array(events.length);
  const seen = new Set<string>();

  /** Whether the calls that are not done can follow in some order. */
  function search(state: S, left: number): boolean {
    if (left === 0) return true;
    const known = `${done.join("")} ${key(state)}`;
    if (seen.has(known)) return false;
    seen.add(known);
    // No call can take effect after another one has returned before it began.
    let limit = Infinity;
    events.forEach((event, i) => {
      if (!done[i]) limit = Math.min(limit, event.ret);
    });
    for (const [i, event] of events.entries()) {
      if (event.call > limit) break;
      if (done[i]) continue;
      const next = model.step(state, event.input);
      const returned = event.ret !== Infinity;
      if (returned && !same(next.output, event.output)) continue;
      done[i] = 1;
      if (search(next.state, left - Number(returned))) return true;
      done[i] = 0;
    }
    return false;
  }
  return search(
    model.init,
    events.filter((event) => event.ret !== Infinity).length,
  );
}

function text(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part) => typeof part === "bigint" ? `${part}n` : part,
  ) ?? "undefined";
}
