import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { move, Runtime, SharedCounter } from "../../mod.ts";
import { portableValues } from "../codec/portable_values.ts";
import { assertCopy } from "../codec/same.ts";
import { beside } from "./fixtures/beside.ts";

const timeout = 60_000;

Deno.test(
  "a call there and back gives a copy of every portable value (property)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(beside);
    await fc.assert(
      fc.asyncProperty(
        fc.array(portableValues, { minLength: 1, maxLength: 3 }),
        async (values) => {
          const copies = await Promise.all(
            values.map((value) => family.on(0).echo(value)),
          );
          for (const [k, copy] of copies.entries()) assertCopy(copy, values[k]);
        },
      ),
      { numRuns: 150 },
    );
  },
);

Deno.test(
  "calls in flight with and without attachments are not mixed up (property)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(beside);
    const counters = Array.from({ length: 4 }, (_, k) => new SharedCounter(k));
    const step = fc.record({
      worker: fc.nat(1),
      kind: fc.nat(3),
      size: fc.nat(20_000),
      which: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 40, size: "max" }),
        async (steps) => {
          await Promise.all(steps.map(async ({ worker, kind, size, which }) => {
            const one = family.on(worker);
            if (kind === 0) assertEquals(await one.echo(size), size);
            else if (kind === 1) {
              const bytes = new Uint8Array(size);
              const length = one.lengthOf(move(bytes));
              assertEquals([bytes.length, await length], [0, size]);
            } else if (kind === 2) {
              assertEquals((await one.make(size)).length, size);
            } else {
              const copy = await one.echo([counters[which], size]);
              const [counter, same] = copy as [SharedCounter, number];
              assertEquals([counter.value, same], [which, size]);
            }
          }));
        },
      ),
      { numRuns: 40 },
    );
  },
);
