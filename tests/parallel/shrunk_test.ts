import { assertEquals, assertRejects } from "@std/assert";
import { par } from "../../parallel/mod.ts";
import { Runtime } from "../../workers/mod.ts";
import { onAll } from "./on_all.ts";

const timeout = 60_000;

onAll("par() refuses a typed array that has lost elements", async (options) => {
  const buffer = new ArrayBuffer(80, { maxByteLength: 80 });
  const plan = par(new Float64Array(buffer), options);
  assertEquals(await plan.count(), 10);
  buffer.resize(8);
  await assertRejects(
    () => plan.sum(),
    RangeError,
    "received 1 elements of 10",
  );
  await assertRejects(() => plan.chunks(2).count(), RangeError, "has shrunk");
});

onAll("par() of an array that was cut has undefined there", async (options) => {
  const objects = Array.from({ length: 200 }, (_, k) => ({ k }));
  const numbers = Array.from({ length: 200 }, (_, k) => k);
  const plans = [par(objects, options), par(numbers, options)] as const;
  objects.length = numbers.length = 10;
  for (const plan of plans) {
    const values: unknown[] = await plan.withMaxLen(1).collect();
    assertEquals(
      values.slice(10),
      Array.from({ length: 190 }, () => undefined),
    );
  }
});

Deno.test(
  "what has lost elements is refused when a plan or sort is to write there",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const options = { runtime, eager: true };
    for (
      const run of [
        (target: Float64Array) => par.range(0, 10, options).collectInto(target),
        (target: Float64Array) => par.sort(target, options),
      ]
    ) {
      const buffer = new ArrayBuffer(80, { maxByteLength: 80 });
      const written: Promise<unknown> = run(new Float64Array(buffer));
      buffer.resize(8);
      await assertRejects(() => written, RangeError, "1 elements of 10");
    }
  },
);
