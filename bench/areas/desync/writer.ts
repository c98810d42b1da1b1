/**
 * Notes in an SQLite file, each of them on the disk before the next one: on a worker of
 * their own, or on the thread that serves.
 *
 * @module
 */

import { strictEqual } from "node:assert";
import {
  openNotebook,
  openWriter,
  readLast,
  write,
  type Writer,
} from "../../../examples/ordered_writer.ts";
import { closeNotebook } from "../../../examples/ordered_writer.ts";
import type { Running, Scenario } from "../../harness/scenario.ts";
import { perSecond } from "../../harness/unit.ts";

const ON_WORKER = "on a worker";
const HERE = "on this thread";
/** So many notes are written before the next one is read. */
const BATCH = 100;
/** How long the event loop is watched, in ms. */
const WATCHED = 200;

/** A writer with a file of its own. */
interface Opened {
  readonly writer: Writer;
  close(): Promise<void>;
}

async function open(isHere: boolean): Promise<Opened> {
  const folder = await Deno.makeTempDir({ prefix: "kindred_bench_" });
  const path = `${folder}/notes.db`;
  if (isHere) {
    const { Desync } = await import("../../../desync/mod.ts");
    const writer = new Desync(openNotebook(path), { dispose: closeNotebook });
    return {
      writer,
      async close() {
        await writer[Symbol.asyncDispose]();
        await Deno.remove(folder, { recursive: true });
      },
    };
  }
  const { Runtime } = await import("../../../workers/mod.ts");
  const runtime = await Runtime.start({ workers: 1 });
  const writer = await openWriter(runtime, path);
  return {
    writer,
    async close() {
      await runtime.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Writes notes, a batch at a time, and reads the last one behind each. */
async function writeNotes(writer: Writer, count: number): Promise<number> {
  let done = 0;
  for (; done < count; done += BATCH) {
    for (let k = 1; k <= BATCH; k++) writer.desync(write, `${done + k}`);
    const [last] = await writer.futureSync(readLast, 1);
    strictEqual(last?.text, `${done + BATCH}`);
  }
  return done;
}

/** The longest time for which a timer had to wait while notes are written, in ms. */
async function worstDelay(writer: Writer): Promise<number> {
  let worst = 0;
  let isOver = false;
  const ticking = (async () => {
    while (!isOver) {
      const start = performance.now();
      await new Promise((next) => setTimeout(next));
      worst = Math.max(worst, performance.now() - start);
    }
  })();
  const end = performance.now() + WATCHED;
  while (performance.now() < end) await writeNotes(writer, BATCH);
  isOver = true;
  await ticking;
  return worst;
}

function subjects(
  run: (writer: Writer, iterations: number) => ReturnType<Running["run"]>,
): Scenario["subjects"] {
  return [[ON_WORKER, false], [HERE, true]].map(([name, isHere]) => ({
    name: name as string,
    setup: async () => {
      const { writer, close } = await open(isHere as boolean);
      return { run: (iterations) => run(writer, iterations), close };
    },
  }));
}

/** What a worker of its own does for an ordered writer. */
export const WRITER: readonly Scenario[] = [
  {
    name: "writer/throughput",
    unit: perSecond("notes"),
    baseline: HERE,
    note: "the example `ordered_writer.ts`, notes of a few bytes",
    subjects: subjects(writeNotes),
  },
  {
    name: "writer/worst-delay",
    unit: {
      label: "ms",
      better: "lower",
      of: (_, milliseconds) => milliseconds,
    },
    baseline: HERE,
    note: `the same; what a timer waits for at most in ${WATCHED} ms of that`,
    subjects: subjects(async (writer) => ({ value: await worstDelay(writer) })),
  },
];
