import { assertEquals, assertRejects } from "@std/assert";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { par, type ParallelOptions } from "../../parallel/mod.ts";
import { type Runtime, WorkerLostError } from "../../workers/mod.ts";
import { assemble, I32 } from "./assembler.ts";
import { exitsElsewhere } from "./fixtures/exits.ts";
import { withWorkers } from "./on_all.ts";
import { called, newMemory } from "./sample_kernels.ts";

const PATH = join(tmpdir(), `kindred-lines-${crypto.randomUUID()}`);
const LINES = "1\n".repeat(2000);

const range = (options: ParallelOptions) =>
  par.range(0, 1000, options).withMaxLen(1);
const numbers = () => Array.from({ length: 1000 }, (_, k) => k * 7 % 1000);
const kernel = assemble({
  imports: [{ name: "each", params: [I32], results: [I32] }],
  funcs: [called],
});

/** Plans of all kinds whose workers end when they have a part. */
const PLANS: Readonly<
  Record<string, (options: ParallelOptions) => Promise<unknown>>
> = {
  "collect()": (options) => range(options).map(exitsElsewhere).collect(),
  "partition()": (options) =>
    range(options).map(exitsElsewhere).partition((n) => n > 5),
  "findFirst()": (options) =>
    range(options).map(exitsElsewhere).findFirst((n) => n < 0),
  "mapInit()": (options) =>
    range(options).mapInit(() => {
      if ("WorkerGlobalScope" in globalThis) Deno.exit(0);
      return 1;
    }, (one, n) => one + n).sum(),
  "lines()": (options) =>
    par.lines(LINES, options).map((line) => Number(line)).map(exitsElsewhere)
      .sum(),
  "lines() of a file": (options) =>
    par.file(PATH, options).lines().map((line) => Number(line))
      .map(exitsElsewhere).sum(),
  "sortBy()": (options) =>
    par.sortBy(numbers(), (a, b) => {
      if ("WorkerGlobalScope" in globalThis) Deno.exit(0);
      return a - b;
    }, options),
  "sortByKey()": (options) => par.sortByKey(numbers(), exitsElsewhere, options),
  "wasm()": (options) =>
    par.wasm(kernel, newMemory(), {
      imports: { env: { each: exitsElsewhere } },
    })
      .ranges("called", 0, 1000, options).withMaxLen(1).sum(),
};

Deno.test(
  "plans of all kinds are rejected when a worker is lost in the middle",
  {
    timeout: 120_000,
  },
  async (t) => {
    writeFileSync(PATH, LINES);
    await withWorkers(async (options) => {
      for (const [name, run] of Object.entries(PLANS)) {
        await t.step(name, async () => {
          // So that there are some to be lost.
          await (options.runtime as Runtime).broadcast(() => {});
          await assertRejects(() => run(options), WorkerLostError);
        });
      }
      assertEquals(await range(options).sum(), 499_500);
    });
    rmSync(PATH);
  },
);
