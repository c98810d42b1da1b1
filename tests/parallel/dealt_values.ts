/**
 * Values that are dealt, and runtimes that others are asked by.
 *
 * @module
 */

import { loopOf } from "../../parallel/plan/loop.ts";
import { deal, type Table } from "../../parallel/run/deal.ts";
import { Pace } from "../../parallel/run/pace.ts";
import { takePart } from "../../parallel/run/share.ts";
import type { Job, Part } from "../../parallel/run/work.ts";
import { SharedCounter } from "../../sync/mod.ts";
import type { RuntimeFace } from "../../workers/mod.ts";

/** What is done with each value, and how a thread notes that it does it. */
const TEXT = `const all = [];
for (let k = from; k < to; k++) {
  p1.add(1);
  const { n, isBad } = p0.at(k);
  if (isBad) throw new RangeError("bad " + n);
  all.push(2 * n);
}
return all;`;

/** Ends at the first value that is looked for. */
export const FIND = `for (let k = from; k < to; k++) {
  p1.add(1);
  if (p0.at(k).isBad) return [k];
}`;

/** A value that is dealt. */
export interface Value {
  readonly n: number;
  readonly isBad: boolean;
}

/** Finds that indices take as long as it was told, one at a time. */
class SteadyPace extends Pace {
  override lap(): number {
    return performance.now();
  }
}

/** Values, some of which are looked for, or cannot be used. */
export function values(length: number, ...bad: readonly number[]): Value[] {
  return Array.from(
    { length },
    (_, n) => ({ n, isBad: bad.includes(n) }),
  );
}

/** A job over values, and what says of it to others. */
export function jobOver(
  items: readonly Value[],
  crew: { size: number; runtime: RuntimeFace | undefined },
  { text = TEXT, perIndex = 1, signal }: {
    text?: string;
    perIndex?: number;
    signal?: AbortSignal;
  } = {},
): { job: Job; table: Table; run: () => Promise<Part[]> } {
  const lengths = { min: 1, max: Infinity };
  const seen = new SharedCounter();
  const stops = text === FIND;
  const job: Job = {
    loop: loopOf(text, 2, []),
    params: [items, seen],
    room: undefined,
    pace: new SteadyPace(lengths, perIndex, 1),
    stops,
    parts: [],
    progress: undefined,
  };
  const { size, runtime } = crew;
  const table: Table = {
    items,
    crew: {
      size,
      nodes: 1,
      whenThere: (callback) => runtime && callback(runtime),
    },
    signal,
    share: (items, claims) => ({
      claims: claims.handle,
      text,
      functions: [],
      params: [{ items }, { value: seen }],
      room: undefined,
      lengths,
      perIndex,
      stops,
      progress: undefined,
    }),
  };
  const run = async () => {
    await deal(job, 0, items.length, table);
    return job.parts.toSorted(([a], [b]) => a - b);
  };
  return { job, table, run };
}

/**
 * A runtime whose workers come after so many turns, or never: on this thread.
 *
 * @param placed Is told which workers were asked for by their index; undefined: any.
 */
export function slowRuntime(
  delays: readonly number[],
  placed: (worker: number | undefined) => void = () => {},
): RuntimeFace {
  const size = 3;
  let asked = 0;
  let last = 0;
  const spawnerOn = (worker?: number) => ({
    spawn(_fn: unknown, share: Parameters<typeof takePart>[0]) {
      placed(worker);
      const delay = delays[asked++ % delays.length]!;
      const cancelled = Promise.withResolvers<never>();
      const come = async () => {
        for (let turn = 0; turn < delay; turn++) await undefined;
        return await takePart(share);
      };
      const result = delay === 0 ? cancelled.promise : come();
      return Object.assign(Promise.race([result, cancelled.promise]), {
        worker: worker ?? ++last % size,
        ended: Promise.resolve(result).then(() => {}, () => {}),
        cancel: () => cancelled.reject(new Error("cancelled")),
      });
    },
    size,
  });
  return {
    size,
    with: () => spawnerOn(),
    on: spawnerOn,
  } as unknown as RuntimeFace;
}
