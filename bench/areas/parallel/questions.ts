/**
 * What is asked about numbers in shared memory, and about objects.
 *
 * @module
 */
import type { Runtime } from "../../../mod.ts";
import { par } from "../../../parallel/mod.ts";
import { fractions, items, room } from "./numbers.ts";
import type { Pool } from "./pool.ts";
import { type Question, ranges } from "./question.ts";
import * as tasks from "./tasks.ts";

/** At least 1.8 times as fast as one thread. */
const AT_MOST = 1 / 1.8;

/** A question about numbers: what a task answers for each part is joined. */
interface Numeric<A> {
  readonly task: ((part: tasks.Part) => A) & { readonly name: string };
  readonly length: number;
  readonly note: string;
  join(answers: readonly A[]): unknown;
  /** What one thread does, if it is more direct than the task. */
  readonly alone?: () => unknown;
  plan(length: number, runtime: Runtime): Promise<unknown>;
}

function numeric<A>(
  { task, length, note, join, alone, plan }: Numeric<A>,
): Question {
  const name = task.name as tasks.TaskName;
  return {
    name: name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    note: `${note} of ${length.toLocaleString("en-US")} f64 in shared memory`,
    alone: alone ?? (() => join(parts(length, 1).map(task))),
    ours: { "par()": (runtime) => plan(length, runtime) },
    pooled: async (pool) =>
      join(await each<A>(pool, name, parts(length, pool.size))),
    atMost: AT_MOST,
  };
}

function parts(length: number, count: number): tasks.Part[] {
  const [numbers, target] = [fractions(length).buffer, room(length).buffer];
  return ranges(length, count).map(([from, to]) => ({
    numbers,
    target,
    from,
    to,
  }));
}

async function each<A>(
  pool: Pool,
  name: tasks.TaskName,
  parts: readonly unknown[],
): Promise<A[]> {
  return await Promise.all(parts.map((part) => pool.run(name, part))) as A[];
}

const total = (answers: readonly number[]) => answers.reduce((a, b) => a + b);

/**
 * The questions, but for those about sorts.
 *
 * @param scale How much of the full lengths is taken.
 */
export function questions(scale: number): Question[] {
  const many = 2 ** 24 * scale;
  const some = 2 ** 20 * scale;
  return [
    numeric({
      task: tasks.sum,
      length: many,
      note: "the sum",
      join: total,
      plan: (length, runtime) => par(fractions(length), { runtime }).sum(),
    }),
    numeric({
      task: tasks.mapSum,
      length: many,
      note: "the sum of x * x + 1",
      join: total,
      plan: (length, runtime) =>
        par(fractions(length), { runtime }).map((x) => x * x + 1).sum(),
    }),
    numeric({
      task: tasks.mapInto,
      length: some,
      note: "sqrt(x) * sin(x), written to shared memory,",
      join: () => room(some)[some >> 1],
      plan: async (length, runtime) => {
        await par(fractions(length), { runtime })
          .map((x) => Math.sqrt(x) * Math.sin(x)).collectInto(room(length));
        return room(length)[length >> 1];
      },
    }),
    numeric({
      task: tasks.filterCount,
      length: many,
      note: "how many are more than a half",
      join: total,
      plan: (length, runtime) =>
        par(fractions(length), { runtime }).filter((x) => x > 0.5).count(),
    }),
    numeric({
      task: tasks.filterCollect,
      length: some,
      note: "an array of those that are more than a half, doubled,",
      join: (buffers) =>
        buffers.flatMap((buffer) => Array.from(new Float64Array(buffer))),
      alone: () => tasks.filterArray(parts(some, 1)[0]!),
      plan: (length, runtime) =>
        par(fractions(length), { runtime })
          .filter((x) => x > 0.5).map((x) => 2 * x).collect(),
    }),
    scores(100_000 * scale),
  ];
}

function scores(length: number): Question {
  return {
    name: "objects",
    note: `a costly function of each of ${
      length.toLocaleString("en-US")
    } objects`,
    alone: () => tasks.scores(items(length)),
    ours: {
      "par()": (runtime) =>
        par(items(length), { runtime }).map(tasks.score).collect(),
    },
    pooled: async (pool) => {
      const all = items(length);
      const parts = ranges(length, pool.size).map(([from, to]) =>
        all.slice(from, to)
      );
      return (await each<number[]>(pool, "scores", parts)).flat();
    },
    // They are not shared: each is encoded, and decoded again.
    atMost: 1,
  };
}
