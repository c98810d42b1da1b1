// What a call and a task take: deno bench -A examples/bench/
import { hits } from "../hits.ts";
import { withRuntime } from "./with_runtime.ts";

/** As many as a server may have on their way. */
const IN_FLIGHT = 64;

await withRuntime({ workers: 1 }, async (runtime) => {
  const family = await runtime.link(hits);
  const worker = family.on(0);
  const increment = (n: number) => n + 1;

  Deno.bench("one call", { group: "one" }, async () => {
    await worker.local();
  });

  Deno.bench("one task", { group: "one" }, async () => {
    await runtime.spawn(increment, 1);
  });

  Deno.bench(`${IN_FLIGHT} calls at once`, { group: "many" }, async () => {
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => worker.local()));
  });

  Deno.bench(`${IN_FLIGHT} tasks at once`, { group: "many" }, async () => {
    await Promise.all(
      Array.from({ length: IN_FLIGHT }, () => runtime.spawn(increment, 1)),
    );
  });
});
