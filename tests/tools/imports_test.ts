import { assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { importOptions } from "../../tools/imports.ts";
import { ROOT } from "../../tools/repository.ts";

Deno.test("importOptions() changes nothing where JSR answers", async () => {
  assertEquals(await importOptions(() => Promise.resolve(true)), []);
});

Deno.test("importOptions() names a whole import map where JSR does not answer", async () => {
  const [option, ...others] = await importOptions(() => Promise.resolve(false));
  assertEquals(others, []);
  const path = option?.replace(/^--import-map=/, "") ?? "";
  assertEquals(importedNames(path), importedNames("deno.json"));
});

function importedNames(path: string): string[] {
  const { imports } = JSON.parse(readFileSync(ROOT + path, "utf8"));
  return Object.keys(imports).sort();
}
