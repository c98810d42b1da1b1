import { CALLBACK_CASES, SENT_CALLBACK_CASES } from "./cases/callback_cases.ts";
import { ENDING_CASES } from "./cases/ending_cases.ts";
import { FAILURE_CASES } from "./cases/failure_cases.ts";
import { FUTURE_CASES } from "./cases/future_cases.ts";
import { NESTING_CASES } from "./cases/nesting_cases.ts";
import { ORDER_CASES } from "./cases/order_cases.ts";
import { PIPE_CASES } from "./cases/pipe_cases.ts";
import { HERE, PLACES } from "./ordered_places.ts";

const cases = [
  ...ORDER_CASES,
  ...FUTURE_CASES,
  ...ENDING_CASES,
  ...FAILURE_CASES,
  ...PIPE_CASES,
  ...CALLBACK_CASES,
  ...NESTING_CASES,
];

for (const { name: where, open } of PLACES) {
  const sent = where === HERE.name ? [] : SENT_CALLBACK_CASES;
  for (const [name, run] of [...cases, ...sent]) {
    Deno.test(`Desync ${where}: ${name}`, { timeout: 60_000 }, async () => {
      await using place = await open();
      await run(place);
    });
  }
}
