// Reading the machine, and asking where one is.
import {
  currentProcessor,
  parseCpuList,
  pinThread,
  topology,
} from "../topology/mod.ts";

Deno.bench("topology({ refresh: true })", { group: "read" }, () => {
  topology({ refresh: true });
});

// Where the system does not say, there is nothing to measure.
const ignore = currentProcessor() === undefined;

Deno.bench("currentProcessor() × 1000", { group: "ask", ignore }, () => {
  for (let k = 0; k < 1000; k++) currentProcessor();
});

const processor = topology().allowed.take(1);

Deno.bench("pinThread() and back", { group: "pin", ignore }, () => {
  pinThread(processor)[Symbol.dispose]();
});

const LIST = Array.from({ length: 64 }, (_, k) => `${4 * k}-${4 * k + 2}`)
  .join(",");

Deno.bench("parseCpuList() of 64 ranges", { group: "parse" }, () => {
  parseCpuList(LIST);
});
