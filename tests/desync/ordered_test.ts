import { ENDING_CASES } from "./cases/ending_cases.ts";
import { FAILURE_CASES } from "./cases/failure_cases.ts";
import { FUTURE_CASES } from "./cases/future_cases.ts";
import { ORDER_CASES } from "./cases/order_cases.ts";
import { PIPE_CASES } from "./cases/pipe_cases.ts";
import { PLACES } from "./ordered_places.ts";

const cases = [
  ...ORDER_CASES,
  ...FUTURE_CASES,
  ...ENDING_CASES,
  ...FAILURE_CASES,
  ...PIPE_CASES,
];

for (const { name: where, open } of PLACES) {
  for (const [name, run] of cases) {
    Deno.test(`Desync ${where}: ${name}`, { timeout: 60_000 }, async () => {
      await using place = await open();
      await run(place);
    });
  }
}
