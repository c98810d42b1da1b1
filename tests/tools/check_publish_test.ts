import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  findFaults,
  loadedByUrl,
  type Publication,
  publishedFiles,
} from "../../tools/check_publish.ts";

const SOUND: Publication = {
  files: ["deno.json", "mod.ts", "workers/mod.ts", "workers/host.ts"],
  exports: { ".": "./mod.ts", "./workers": "./workers/mod.ts" },
  folders: ["workers"],
  sources: new Map([
    ["mod.ts", `new URL("./workers/host.ts", import.meta.url);`],
    ["workers/mod.ts", `new URL("./host.ts", import.meta.url);`],
  ]),
};

function assertOneFault(
  change: Partial<Publication>,
  ...parts: string[]
): void {
  const faults = findFaults({ ...SOUND, ...change });
  assertEquals(faults.length, 1);
  for (const part of parts) assertStringIncludes(faults[0] ?? "", part);
}

Deno.test("findFaults() finds nothing in a whole publication", () => {
  assertEquals(findFaults(SOUND), []);
});

Deno.test("findFaults() names a module that is loaded by URL and not published", () => {
  const sources = new Map([
    ["workers/pool.ts", `new URL("../topology/host.ts", import.meta.url);`],
  ]);
  assertOneFault({ sources }, "workers/pool.ts", "../topology/host.ts");
});

Deno.test("findFaults() names an export that is not published", () => {
  assertOneFault(
    { exports: { ".": "./mod.ts", "./sync": "./sync/mod.ts" } },
    "./sync/mod.ts",
  );
});

Deno.test("findFaults() names a folder of which nothing is published", () => {
  assertOneFault({ folders: ["workers", "ffi"] }, "ffi/");
});

Deno.test("loadedByUrl() finds modules in code and not in comments", () => {
  const source = `
    /** new URL("./a.ts", import.meta.url) */
    // new URL("./b.ts", import.meta.url)
    const glob = "**/*.ts"; // a comment, and no start of one: "/*"
    new Worker(new URL("./c.ts", import.meta.url), { type: "module" });
    new URL(
      './d.ts',
      import.meta.url,
    );
    import.meta.resolve("./e.ts");
    new URL("./f.ts", base);
    new URL("https://example.com/g.ts", import.meta.url);
  `;
  assertEquals(loadedByUrl(source), ["./c.ts", "./d.ts", "./e.ts"]);
});

Deno.test("publishedFiles() reads the list of a dry run", () => {
  const output = `Check mod.ts
Checking for slow types in the public API...
Simulating publish of @kindred/kindred@0.1.0 with files:
   file:///a%20b/kindred/README.md (62B)
   file:///a%20b/kindred/deno.json (2.32KB)
   file:///a%20b/kindred/docs/deno.json (2KB)
   file:///a%20b/kindred/sync/a%20b.ts (1.5MB)
Success Dry run complete
`;
  assertEquals(publishedFiles(output), [
    "README.md",
    "deno.json",
    "docs/deno.json",
    "sync/a b.ts",
  ]);
});

Deno.test("publishedFiles() finds nothing where nothing is listed", () => {
  assertEquals(publishedFiles("error: no such thing\n"), []);
});
