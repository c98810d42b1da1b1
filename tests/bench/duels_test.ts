import { assertRejects, assertStringIncludes } from "@std/assert";
import { startDuel } from "../../bench/areas/sync/duel.ts";
import { ChannelClosedError } from "../../sync/mod.ts";

/** The duels of an area. */
function duelsOf(area: string): URL[] {
  const folder = new URL(`../../bench/areas/${area}/duels/`, import.meta.url);
  // Those of other libraries need the network.
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => !name.includes("ringbuf")).toSorted()
    .map((name) => new URL(name, folder));
}

for (const { href } of ["batch", "sync"].flatMap(duelsOf)) {
  const name = href.slice(href.lastIndexOf("/") + 1);
  Deno.test(
    `duel ${name}: both sides do what they are asked, twice`,
    { timeout: 20_000 },
    async () => {
      const running = await startDuel(href, undefined);
      try {
        for (const count of [1, 300]) await running.run(count);
        await running.check?.();
      } finally {
        await running.close();
      }
    },
  );
}

Deno.test("startDuel() says what a partner threw, and nobody waits for it", {
  timeout: 20_000,
}, async () => {
  const url = new URL("./fixtures/failing_duel.ts", import.meta.url);
  const running = await startDuel(url.href, undefined);
  try {
    await assertRejects(async () => await running.run(100), ChannelClosedError);
    const error = await assertRejects(async () => await running.check?.());
    assertStringIncludes(String(error), "received 0");
  } finally {
    await running.close();
  }
});
