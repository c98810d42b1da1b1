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

Deno.bench("currentProcessor() × 1000", { group: "ask" }, () => {
  for (let k = 0; k < 1000; k++) currentProcessor();
});

const processor = topology().allowed.take(1);

Deno.bench("pinThread() and back", {
  group: "pin",
  ignore: currentProcessor() === undefined,
}, () => {
  pinThread(processor)[Symbol.dispose]();
});

Deno.bench("parseCpuList() of 64 ranges", { group: "parse" }, () => {
  parseCpuList(LIST);
});

const LIST = Array.from({ length: 64 }, (_, k) => `${4 * k}-${4 * k + 2}`)
  .join(",");
