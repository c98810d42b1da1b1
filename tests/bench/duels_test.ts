import { assertRejects, assertStringIncludes } from "@std/assert";
import { startDuel } from "../../bench/areas/sync/duel.ts";
import { ChannelClosedError } from "../../sync/mod.ts";

const FOLDER = new URL("../../bench/areas/sync/duels/", import.meta.url);

// Those of other libraries need the network.
const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
  .filter((name) => !name.includes("ringbuf")).toSorted();

for (const name of names) {
  Deno.test(
    `duel ${name}: both sides do what they are asked, twice`,
    { timeout: 20_000 },
    async () => {
      const running = await startDuel(new URL(name, FOLDER).href, undefined);
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
