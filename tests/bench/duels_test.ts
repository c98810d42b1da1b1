import { startDuel } from "../../bench/areas/sync/duel.ts";

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
