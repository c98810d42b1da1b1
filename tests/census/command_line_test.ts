import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { figuresOf, Folder, runDemo } from "./demo.ts";

Deno.test("demo refuses an unknown option with status 2", async () => {
  const { code, stdout, stderr } = await runDemo(["--jsno", "/"]);
  assertEquals(code, 2);
  assertEquals(stdout, "");
  assertStringIncludes(stderr, "--jsno");
});

Deno.test("demo ends with status 1 if there is nothing to count", async () => {
  await using folder = new Folder();
  const missing = [`${folder.path}/a`, `${folder.path}/b`];
  const { code, stdout, stderr } = await runDemo(missing);
  assertEquals(code, 1);
  assertEquals(stdout, "");
  for (const path of missing) assertStringIncludes(stderr, path);
});

Deno.test("demo counts nothing in an empty folder", async () => {
  await using folder = new Folder();
  const { code, figures } = await figuresOf([folder.path]);
  assertEquals(code, 0);
  assertEquals([figures.files, figures.bytes, figures.words], [0, 0, 0]);
  assertEquals((await runDemo([folder.path])).code, 0);
});

Deno.test("demo --help tells how to use it", async () => {
  const { code, stdout } = await runDemo(["--help"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "--json");
});

Deno.test("demo counts this repository by default, and cleans up", async () => {
  await using folder = new Folder();
  const { code, stdout, stderr } = await runDemo([], {
    TMPDIR: folder.path,
    TEMP: folder.path,
  });
  assertEquals(code, 0);
  assertEquals(folder.names, []);
  for (const line of ["worker 0", "files", "words", "one thread", "a call"]) {
    assertMatch(stdout, new RegExp(`^ *${line}`, "m"));
  }
  assert(stdout.split("\n").every((line) => line.length <= 80));
  // A picture has no words.
  assertMatch(stderr, /^counted .*\n(?:skipped .*: binary file\n)*$/m);
});

Deno.test("demo --json tells where the workers were, and how long it took", async () => {
  await using folder = new Folder();
  const path = folder.write("text", "some words");
  const { figures } = await figuresOf([path]);
  assertEquals(figures.paths, [path]);
  assert(figures.workers.length > 0);
  for (const { pinned, processor, affinity } of figures.workers) {
    if (pinned) assertEquals(affinity, [processor!]);
  }
  for (const time of Object.values(figures.seconds)) assert(time >= 0);
  assert(figures.call === null || figures.call.oneInFlight.runtime > 0);
});
