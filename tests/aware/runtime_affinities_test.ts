import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  allowedProcessors,
  currentAffinity,
  manualAffinities,
  Runtime,
} from "../../mod.ts";
import { runProgram } from "../support/run_program.ts";
import { places, seenByWorker } from "./fixtures/places.ts";

const timeout = 20_000;
const several = (allowedProcessors()?.length ?? 0) > 1;

Deno.test("Runtime.affinities has one for each worker, who says so too (T2)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start();
  const { affinities, size } = runtime;
  assertEquals(affinities.length, size);
  assertEquals(
    affinities.map(({ processorId }) => processorId),
    runtime.report().workers.map(({ processor }) => processor),
  );
  const family = await runtime.link(places);
  assertEquals(
    await family.all().tell(),
    affinities.map((each) => [each, each, each]),
  );
  assertEquals(await runtime.spawn(seenByWorker), affinities);
  assertEquals(currentAffinity(), "unknown");
  assertStrictEquals(runtime.affinities, affinities);
});

Deno.test("Runtime.affinities follows resize(), and workers know", {
  timeout,
  ignore: !several,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(places);
  const [alone] = runtime.affinities;
  assertEquals([alone!.processor, alone!.processors], [0, 1]);
  await runtime.resize(2);
  const { affinities } = runtime;
  assertEquals(affinities.map((each) => each.processor), [0, 1]);
  assertEquals(affinities.map((each) => each.processors), [2, 2]);
  const told = await family.all().tell();
  assertEquals(told.map(([, called]) => called), [...affinities]);
});

Deno.test("Runtime.affinities of workers that are not pinned are on one node", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1, pin: false });
  assertEquals([...runtime.affinities], manualAffinities([1]));
});

Deno.test("an inline runtime has affinities, also after an await (T2)", {
  timeout,
}, async () => {
  const file = new URL("./fixtures/inline_affinities.ts", import.meta.url);
  const { code, stdout, stderr } = await runProgram({ file });
  assertEquals([code, stderr], [0, ""]);
  const { mode, affinities, tellings, seen, here } = JSON.parse(stdout);
  const expected = manualAffinities([3]);
  assertEquals([mode, affinities, seen], ["inline", expected, expected]);
  assertEquals(tellings, expected.map((each) => [each, each, each]));
  assertEquals(here, "unknown");
});
