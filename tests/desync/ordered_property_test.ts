import fc from "fast-check";
import {
  type AskingDoor,
  Comparison,
  type Step,
} from "./ordered_comparison.ts";
import type { Doing } from "./ordered_model.ts";

const jobStep = fc.record({
  kind: fc.constantFrom<AskingDoor | "sync" | "trySync">(
    "desync",
    "sync",
    "trySync",
    "futureSync",
    "futureDesync",
    "after",
  ),
  doing: fc.constantFrom<Doing>(
    "return",
    "return",
    "return",
    "throw",
    "wait and return",
    "wait and throw",
  ),
});
const choosingStep = fc.record({
  kind: fc.constantFrom(
    "end" as const,
    "settle" as const,
    "refuse" as const,
    "resume" as const,
    "cancel" as const,
    "join" as const,
  ),
  at: fc.nat(1000),
});
const plainStep = fc.record({
  kind: fc.constantFrom(
    "suspend" as const,
    "rest" as const,
    "rest" as const,
    "clearPoison" as const,
  ),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: jobStep },
  { weight: 6, arbitrary: choosingStep },
  { weight: 3, arbitrary: plainStep },
);

for (const policy of ["continue", "poison"] as const) {
  Deno.test(
    `Desync with \`onFailure: "${policy}"\` does what a plain list does, in whatever order it is asked (D3, D4, D12, D16, D18, D25)`,
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          await new Comparison(policy).run(steps);
        }),
        { numRuns: 100 },
      );
    },
  );
}
