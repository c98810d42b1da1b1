import { assert } from "@std/assert";
import { batch } from "../../bench/areas/batch/area.ts";
import { desync } from "../../bench/areas/desync/area.ts";
import { flow } from "../../bench/areas/flow/area.ts";
import { layout } from "../../bench/areas/layout/area.ts";
import { linked } from "../../bench/areas/linked/area.ts";
import { serve } from "../../bench/areas/serve/area.ts";
import { upkeep } from "../../bench/areas/upkeep/area.ts";
import { placement } from "../../bench/harness/placement.ts";
import { hasProgram } from "../../bench/load/has_program.ts";

/** Without those that take seconds for each reading. */
const SHORT =
  /^(echo\/|p-queue\/|start|memory\/first-worker|beside\/|no-work\/|here\/|100us\/1$|map\/|stream\/|rate-limiter\/(admitted|refused)$|lru-cache\/(all-fit|even\/hits)$|hello\/one|300us|spread)/;

const { pair } = await placement();
const areas = pair === undefined
  ? [batch, desync, flow, linked, serve, upkeep]
  : [batch, desync, flow, layout, linked, serve, upkeep];

/** Servers are asked by wrk, and one of them is of Node. */
const hasWrk = await hasProgram("wrk");
const hasNode = await hasProgram("node");

function isMissing(scenario: string, subject: string): boolean {
  return !hasWrk && /^(hello|300us)/.test(scenario) ||
    !hasNode && subject.startsWith("node:");
}

for (const area of areas) {
  for (const { name, subjects } of await area.scenarios(true)) {
    if (!SHORT.test(name)) continue;
    for (const subject of subjects) {
      Deno.test(
        `${area.name}/${name}: ${subject.name} does what it is asked`,
        { timeout: 20_000, ignore: isMissing(name, subject.name) },
        async () => {
          const running = await subject.setup();
          try {
            const result = await running.run(3);
            if (typeof result === "number") assert(result >= 3);
            else assert(Number.isFinite(result.value) && result.value >= 0);
            await running.check?.();
          } finally {
            await running.close();
          }
        },
      );
    }
  }
}
