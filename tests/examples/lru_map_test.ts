import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { LruMap } from "../../examples/lru_map.ts";

Deno.test("LruMap is a list of which the end falls off", () => {
  const key = fc.nat(9);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.array(
        fc.oneof(
          fc.record({ do: fc.constant("get" as const), key }),
          fc.record({ do: fc.constant("set" as const), key }),
          fc.record({ do: fc.constant("delete" as const), key }),
          {
            weight: 1,
            arbitrary: fc.record({ do: fc.constant("clear" as const), key }),
          },
        ),
        { maxLength: 100, size: "max" },
      ),
      (capacity, steps) => {
        const map = new LruMap<number, string>(capacity);
        /** The oldest first. */
        let list: [key: number, value: string][] = [];
        steps.forEach(({ do: what, key }, step) => {
          const found = list.find(([other]) => other === key);
          if (what === "clear") {
            map.clear();
            list = [];
          } else if (what === "delete") {
            assertEquals(map.delete(key), found !== undefined);
            list = list.filter((entry) => entry !== found);
          } else if (what === "set") {
            map.set(key, `${step}`);
            list = list.filter((entry) => entry !== found);
            list = [...list, [key, `${step}`] as [number, string]];
            list = list.slice(-capacity);
          } else {
            assertEquals(map.get(key), found?.[1]);
            if (found !== undefined) {
              list = [...list.filter((entry) => entry !== found), found];
            }
          }
          assertEquals([...map.keys()], list.map(([key]) => key));
          assertEquals(map.size, list.length);
        });
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("LruMap keeps values that are undefined, and keys of any kind", () => {
  const map = new LruMap<unknown, undefined>(2);
  for (const key of [NaN, undefined, {}]) map.set(key, undefined);
  assertEquals([...map.keys()], [undefined, {}]);
  assertEquals([map.delete(NaN), map.delete(undefined)], [false, true]);
});

Deno.test("LruMap refuses a capacity that is none", () => {
  for (const capacity of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => new LruMap(capacity), RangeError);
  }
});
