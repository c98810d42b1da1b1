// How long it takes to choose an instance, and to call it with and without a result.
// Each call of a bench is 1000 of those: divide by that.
import { Runtime } from "../mod.ts";
import { hits } from "../examples/hits.ts";

const COUNT = 1000;
const runtime = await Runtime.start({ workers: 1 });
const family = await runtime.link(hits.family());
const forward = family.forward();
const keys = Array.from({ length: COUNT }, (_, k) => `key ${k}`);

function repeat(run: (k: number) => unknown): void {
  for (let k = 0; k < COUNT; k++) run(k);
}

Deno.bench("on()", { group: "choose", baseline: true }, () => {
  repeat(() => family.on(0));
});
Deno.bench("any()", { group: "choose" }, () => {
  repeat(() => family.any());
});
Deno.bench("roundRobin()", { group: "choose" }, () => {
  repeat(() => family.roundRobin());
});
Deno.bench("near()", { group: "choose" }, () => {
  repeat(() => family.near());
});
Deno.bench("near(0)", { group: "choose" }, () => {
  repeat(() => family.near(0));
});
Deno.bench("leastLoaded()", { group: "choose" }, () => {
  repeat(() => family.leastLoaded());
});
Deno.bench("forKey()", { group: "choose" }, () => {
  repeat((k) => family.forKey(keys[k]!));
});

Deno.bench("calls", { group: "call", baseline: true }, async () => {
  const answers: Promise<number>[] = [];
  repeat(() => answers.push(family.on(0).hit()));
  await Promise.all(answers);
});
Deno.bench("forwarded", { group: "call" }, async () => {
  repeat(() => forward.on(0).hit());
  await family.on(0).local(); // behind them
});
