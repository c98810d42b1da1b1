// What an instance costs on its own thread.
import { hits } from "../examples/hits.ts";
import { Runtime } from "../mod.ts";

const BATCH = 1000;
const runtime = await Runtime.start({ workers: 1 });
const family = await runtime.link(hits);
const own = family.create();

Deno.bench("a method of a plain instance × 1000", {
  group: "here",
  baseline: true,
}, () => {
  for (let k = 0; k < BATCH; k++) own.local();
});

Deno.bench("a method of family.here × 1000", { group: "here" }, () => {
  for (let k = 0; k < BATCH; k++) family.here.local();
});

Deno.bench("family.create() × 1000", { group: "create" }, () => {
  for (let k = 0; k < BATCH; k++) family.create();
});
