import { equal } from "node:assert";
import type { ParallelOptions } from "../../../parallel/mod.ts";
import type { Query } from "../../../examples/grep/query.ts";
import { placement } from "../../harness/placement.ts";
import type { Area, Scenario, Subject } from "../../harness/scenario.ts";
import { milliseconds } from "../../harness/unit.ts";
import {
  closeCorpus,
  type Corpus,
  type CorpusSize,
  openCorpus,
} from "./corpus.ts";

const GNU = "GNU grep";
const ALONE = "ours, one thread";
const TOGETHER = "ours, par()";

/** What is searched for, and where. */
interface Search {
  readonly name: string;
  readonly note: string;
  readonly place: keyof Corpus;
  readonly query: Query;
}

const LINES: Query = {
  pattern: "needle",
  ignoreCase: false,
  print: "lines",
  numbered: true,
  named: true,
};
const COUNT: Query = {
  ...LINES,
  pattern: "(sleep|wake)s [a-z]+ (the|an)",
  print: "count",
  numbered: false,
};

const SEARCHES: readonly Search[] = [
  {
    name: "tree/word",
    note: "the numbered lines with a rare word, of all files of a folder",
    place: "tree",
    query: LINES,
  },
  {
    name: "tree/expression",
    note: "how many lines match an expression, of all files of a folder",
    place: "tree",
    query: COUNT,
  },
  {
    name: "file/word",
    note: "the numbered lines with a rare word, of one large file",
    place: "large",
    query: LINES,
  },
  {
    name: "file/expression",
    note: "how many lines match an expression, of one large file",
    place: "large",
    query: COUNT,
  },
];

/** Searches a path. */
type Way = (query: Query, path: string) => Promise<string>;

function subject(
  name: string,
  { place, query }: Search,
  size: CorpusSize,
  start: () => Promise<{ way: Way; close(): Promise<void> }>,
): Subject {
  return {
    name,
    async setup() {
      const path = (await openCorpus(size))[place];
      const { way, close } = await start();
      const { gnuGrep, sortedLines } = await import(
        "../../../examples/grep/gnu_grep.ts"
      );
      return {
        async run(count) {
          for (let k = 0; k < count; k++) await way(query, path);
          return count;
        },
        async check() {
          const [ours, theirs] = [
            await way(query, path),
            await gnuGrep(query, [path]),
          ];
          equal(sortedLines(ours), sortedLines(theirs));
        },
        async close() {
          await close();
          await closeCorpus();
        },
      };
    },
  };
}

async function gnu(): Promise<{ way: Way; close(): Promise<void> }> {
  const { gnuGrep } = await import("../../../examples/grep/gnu_grep.ts");
  return {
    way: (query, path) => gnuGrep(query, [path]),
    close: () => Promise.resolve(),
  };
}

async function ours(
  helped: boolean,
): Promise<{ way: Way; close(): Promise<void> }> {
  const { Runtime } = await import("../../../mod.ts");
  const { found, nobody } = await import("../../../examples/grep/compare.ts");
  const runtime = helped ? await Runtime.start() : await nobody();
  const options: ParallelOptions = { runtime };
  return {
    way: (query, path) => found(query, [path], options),
    close: () => runtime.close(),
  };
}

/** Everything that is compared. */
export async function scenarios(size: CorpusSize): Promise<Scenario[]> {
  const { cores } = await placement();
  return SEARCHES.map((search) => ({
    name: search.name,
    unit: milliseconds,
    baseline: GNU,
    note: `${search.note}; ${cores} cores; ${GNU} as a process of its own`,
    subjects: [
      subject(GNU, search, size, gnu),
      subject(ALONE, search, size, () => ours(false)),
      subject(TOGETHER, search, size, () => ours(true)),
    ],
    bars: [{ subject: TOGETHER, against: ALONE, atMost: 1 / 1.5 }],
  }));
}

/** A search through files by plans, beside GNU grep. */
export const grep: Area = {
  name: "grep",
  summary: "a search through files on all cores, or by GNU grep",
  scenarios: (quick) =>
    scenarios({
      files: quick ? 1000 : 4000,
      lines: 100,
      largeLines: quick ? 500_000 : 4_000_000,
    }),
};
