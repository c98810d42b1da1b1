import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  exportAt,
  exportedAt,
  exportFrom,
  importFrom,
} from "../../codec/module_exports.ts";
import { gross } from "../../examples/prices.ts";

const prices = new URL("../../examples/prices.ts", import.meta.url).href;

Deno.test("exportFrom() gives what was exported at an address, as long as that is one thing", () => {
  const at = { url: "file:///a.ts", name: "a" };
  assertEquals(exportFrom(at), undefined);
  const [one, other] = [() => 1, () => 2];
  exportAt(one, at);
  assertStrictEquals(exportFrom({ ...at }), one);
  exportAt(one, at);
  assertStrictEquals(exportFrom(at), one);
  assertEquals(exportFrom({ ...at, name: "b" }), undefined);
  assertEquals(exportFrom({ ...at, url: "file:///b.ts" }), undefined);
  exportAt(other, at);
  assertEquals(exportFrom(at), undefined); // one of them is not exported
  assertEquals([exportedAt(one), exportedAt(other)], [at, at]);
});

Deno.test("importFrom() gives what a module exports, and from then on nothing else has its address", async () => {
  const at = { url: prices, name: "gross" };
  const impostor = () => 1;
  exportAt(impostor, at);
  assertEquals(exportFrom(at), undefined);
  assertStrictEquals<unknown>(await importFrom(at), gross);
  assertStrictEquals<unknown>(exportFrom(at), gross);
  exportAt(() => 2, at);
  assertStrictEquals<unknown>(exportFrom(at), gross);
});

Deno.test("importFrom() refuses what a module does not export under that name", async () => {
  for (const name of ["net", "TAX", "then", "toString"]) {
    await assertRejects(
      () => importFrom({ url: prices, name }),
      TypeError,
      `'${name}' as its module does not export it`,
    );
  }
  await assertRejects(() => importFrom({ url: "nowhere:", name: "a" }));
});
