import { assertEquals } from "@std/assert";
import { Runtime } from "../../mod.ts";
import { topology } from "../../topology/mod.ts";

Deno.test("Topology.toSvg() takes a runtime as it is", {
  timeout: 60_000,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const svg = topology().toSvg({ runtime });
  const drawn = [...svg.matchAll(/<title>processor (\d+),.* worker 0</g)]
    .map(([, id]) => Number(id));
  const [worker] = runtime.report().workers;
  const expected = worker?.processor === undefined ? [] : [worker.processor];
  assertEquals(drawn, expected);
});
