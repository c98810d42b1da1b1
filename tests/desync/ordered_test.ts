import { ORDERED_CASES } from "./ordered_cases.ts";
import { PLACES } from "./ordered_places.ts";

for (const { name: where, open } of PLACES) {
  for (const [name, run] of ORDERED_CASES) {
    Deno.test(`Desync ${where}: ${name}`, { timeout: 60_000 }, async () => {
      await using place = await open();
      await run(place);
    });
  }
}
