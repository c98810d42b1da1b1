import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { SharedLru } from "../../bench/areas/linked/shared_lru.ts";
import { LruMap } from "../../examples/lru_map.ts";

Deno.test("SharedLru, which is compared with, keeps what LruMap keeps", () => {
  const key = fc.nat(30);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10 }),
      fc.array(fc.record({ key, isSet: fc.boolean() }), {
        maxLength: 200,
        size: "max",
      }),
      (capacity, steps) => {
        const memory = SharedLru.share(capacity);
        const views = [new SharedLru(memory), new SharedLru(memory)];
        const map = new LruMap<number, number>(capacity);
        steps.forEach(({ key, isSet }, step) => {
          const shared = views[step & 1]!;
          if (isSet) {
            shared.set(key, step);
            map.set(key, step);
          } else assertEquals(shared.get(key), map.get(key));
        });
      },
    ),
    { numRuns: 300 },
  );
});
