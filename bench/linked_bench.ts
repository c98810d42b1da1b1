// What an instance costs on its own thread.
import { Runtime } from "../mod.ts";
import { type Echo, echo } from "./areas/pool/echo.ts";

const BATCH = 1000;
const runtime = await Runtime.start({ workers: 1 });
const family = await runtime.link(echo);
const own = family.create();

/** What came out last: each call takes what the one before gave, so that none of them can be left out. */
let last = 0;
const kept: Echo[] = new Array(BATCH).fill(own);

Deno.bench("a method of a plain instance × 1000", {
  group: "here",
  baseline: true,
}, () => {
  let x = last;
  for (let k = 0; k < BATCH; k++) x = own.increment(x);
  last = x | 0;
});

Deno.bench("a method of family.here × 1000", { group: "here" }, () => {
  let x = last;
  for (let k = 0; k < BATCH; k++) x = family.here.increment(x);
  last = x | 0;
});

Deno.bench("family.create() × 1000", { group: "create" }, () => {
  for (let k = 0; k < BATCH; k++) kept[k] = family.create();
});
