import { deepEqual } from "node:assert";
import { placement } from "../../harness/placement.ts";
import type { Area, Scenario, Subject } from "../../harness/scenario.ts";
import { milliseconds } from "../../harness/unit.ts";
import { type Pool, POOLS, type StartPool } from "./pool.ts";
import type { Question } from "./question.ts";

const ALONE = "one thread";

interface Answering {
  answer(): unknown;
  close(): Promise<void> | void;
}

function subject(
  name: string,
  { alone }: Question,
  start: () => Promise<Answering>,
): Subject {
  return {
    name,
    async setup() {
      const { answer, close } = await start();
      return {
        async run(count) {
          for (let k = 0; k < count; k++) await answer();
          return count;
        },
        check: async () => deepEqual(await answer(), await alone()),
        close,
      };
    },
  };
}

function ours(
  answer: Question["ours"][string],
): () => Promise<Answering> {
  return async () => {
    const { Runtime } = await import("../../../mod.ts");
    const runtime = await Runtime.start();
    return { answer: () => answer(runtime), close: () => runtime.close() };
  };
}

function pooled(
  question: Question,
  start: StartPool,
  size: number,
): () => Promise<Answering> {
  return async () => {
    const pool: Pool = await start(size);
    return { answer: () => question.pooled(pool), close: () => pool.close() };
  };
}

function scenario(question: Question, cores: number): Scenario {
  const { name, note, alone, atMost } = question;
  const subjects = Object.keys(question.ours);
  return {
    name,
    unit: milliseconds,
    baseline: ALONE,
    note: `${note}; ${cores} cores`,
    subjects: [
      subject(
        ALONE,
        question,
        () => Promise.resolve({ answer: alone, close() {} }),
      ),
      ...Object.entries(question.ours).map(([name, answer]) =>
        subject(name, question, ours(answer))
      ),
      ...Object.entries(POOLS).map(([name, start]) =>
        subject(name, question, pooled(question, start, cores))
      ),
    ],
    bars: subjects.map((subject) => ({ subject, against: ALONE, atMost })),
  };
}

/**
 * Everything that is compared.
 *
 * @param scale How much of the full lengths is taken.
 */
export async function scenarios(scale: number): Promise<Scenario[]> {
  const { cores } = await placement();
  const { questions } = await import("./questions.ts");
  const { sorts } = await import("./sorts.ts");
  const { kernels } = await import("./kernels.ts");
  const { overhead } = await import("./overhead.ts");
  return [
    ...[...questions(scale), ...sorts(scale), ...kernels(scale)]
      .map((question) => scenario(question, cores)),
    ...[1, 10, 100, 1000, 10_000].map(overhead),
  ];
}

/** Plans over arrays on all threads, beside a loop on one of them and the pools of others. */
export const parallel: Area = {
  name: "parallel",
  summary: "sums, maps, filters, sorts and kernels on all cores, or on one",
  scenarios: () => scenarios(1),
};
