import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { figuresOf, Folder, runDemo } from "./demo.ts";

const hasTools = Deno.build.os === "linux";
const PIECE = 2 ** 20;

/** Words and bytes of files, counted by tools that know nothing of this one. */
async function countIndependently(
  paths: readonly string[],
): Promise<{ words: number; bytes: number }> {
  const { stdout } = await new Deno.Command("sh", {
    args: [
      "-c",
      String.raw`for file; do
        LC_ALL=C tr -s ' \t\n\v\f\r' '\n' < "$file" | LC_ALL=C grep -a -c .
        wc -c < "$file"
      done`,
      "sh",
      ...paths,
    ],
  }).output();
  const numbers = new TextDecoder().decode(stdout).trim().split("\n")
    .map(Number);
  assertEquals(numbers.length, 2 * paths.length);
  let words = 0;
  let bytes = 0;
  for (let k = 0; k < numbers.length; k += 2) {
    words += numbers[k]!;
    bytes += numbers[k + 1]!;
  }
  return { words, bytes };
}

/** Text of some length without line ends, with words of all lengths up to 40. */
function longText(length: number): string {
  let text = "";
  for (let k = 0; text.length < length; k++) {
    text += "wörd".repeat(1 + k % 10) + k + " \t\v\f\r\n"[k % 6];
  }
  return text;
}

Deno.test({
  name: "demo counts as many words and bytes as tr, grep and wc",
  ignore: !hasTools,
  async fn(t) {
    await using folder = new Folder();
    const straddling = "a".repeat(PIECE - 5) + " straddling " +
      "b".repeat(PIECE - 12) + " " + "c".repeat(PIECE - 1) + "\n" +
      "d".repeat(3 * PIECE) + " the end";
    const invalid = Uint8Array.of(
      ...[0xc3, 0x20, 0xff, 0xfe, 0x0a, 0xe2, 0x82, 0x09, 0xf0, 0x9f, 0x0b],
      ...[0x80, 0x20, 0xed, 0xa0, 0x80, 0x0d, 0xc0, 0xa0, 0x20, 0xe2],
    );
    const files: [string, string | Uint8Array][] = [
      ["empty", ""],
      ["spaces", " \n\t \r\n\v\f"],
      ["one", "word"],
      ["no_end", "two words"],
      ["bom", "\ufeff word \ufeff\n\ufeffword"],
      ["crlf", "a b\r\nc\r\n\r\nd"],
      ["other_spaces", "no\u00a0space\u2003here\u3000nor\u0085there\x1c."],
      ["invalid", invalid],
      ["invalid_long", new Uint8Array(3 * PIECE + 7).fill(0xe2)],
      ["straddling", straddling],
      ["long", longText(5 * PIECE)],
      ["exactly_one_piece", "x ".repeat(PIECE / 2)],
      ["exactly_two_pieces", "xyz ".repeat(PIECE / 2)],
      ["deep/er/file name\nwith a line end", "deep"],
    ];
    const paths = files.map(([name, content]) => folder.write(name, content));
    const expected = await countIndependently(paths);

    const all = await figuresOf([folder.path]);
    assertEquals(all.code, 0);
    assertEquals(all.figures.files, files.length);
    assertEquals(all.figures.bytes, expected.bytes);
    assertEquals(all.figures.words, expected.words);
    assertEquals(all.figures.oneThread.words, expected.words);
    assertEquals(all.figures.skipped, []);

    for (const name of ["straddling", "invalid", "long"]) {
      await t.step(name, async () => {
        const path = `${folder.path}/${name}`;
        const { figures } = await figuresOf([path]);
        const { words, bytes } = await countIndependently([path]);
        assertEquals([figures.words, figures.bytes], [words, bytes]);
      });
    }
  },
});

Deno.test("demo lists the commonest words of all workers", async () => {
  await using folder = new Folder();
  folder.write("a", "the cat and the dog\n".repeat(200_000));
  folder.write("b", "the end. \x1b[31m ".repeat(100_000));
  const { figures } = await figuresOf([folder.path, `${folder.path}/b`]);
  assertEquals(figures.commonest, [
    { word: "the", count: 600_000 },
    { word: "\x1b[31m", count: 200_000 },
    { word: "and", count: 200_000 },
    { word: "cat", count: 200_000 },
    { word: "dog", count: 200_000 },
    { word: "end.", count: 200_000 },
  ]);
  assertEquals(figures.differentWords, 6);
  assertEquals(figures.unlistedWords, 0);

  const { stdout } = await runDemo([folder.path]);
  assert(!stdout.includes("\x1b"), "what is counted does not reach a terminal");
});

Deno.test("demo counts words that it does not list", async () => {
  await using folder = new Folder();
  folder.write("a", `${"x".repeat(2 ** 18)} ${"y".repeat(1001)} z`);
  const { figures } = await figuresOf([folder.path]);
  assertEquals(figures.words, 3);
  assertEquals(figures.differentWords, 1);
  assertEquals(figures.unlistedWords, 2);
});

Deno.test("demo says what it skips, once, and goes on", async () => {
  await using folder = new Folder();
  folder.write("text", "some words");
  folder.write("binary", "some words\0");
  folder.write("big_binary", "\0" + "x ".repeat(PIECE));
  folder.write("late_nul", `${"x".repeat(8192)}\0 two`);
  folder.write(".git/config", "not this");
  folder.write("deep/node_modules/it/file", "nor this");
  folder.link("cycle", folder.path);
  folder.link("again", "text");
  folder.link("dangling", "nowhere");
  const { code, figures, stderr } = await figuresOf([
    folder.path,
    `${folder.path}/missing`,
    `${folder.path}/dangling`,
  ]);
  assertEquals(code, 0);
  assertEquals(figures.files, 2);
  assertEquals(figures.words, 4);
  const lines = stderr.split("\n").filter((line) => line.startsWith("skipped"));
  assertEquals(lines.length, 4);
  for (const name of ["missing", "dangling", "binary", "big_binary"]) {
    assertStringIncludes(lines.join("\n"), `${folder.path}/${name}: `);
  }
  assertEquals(figures.skipped.length, 4);
});

Deno.test({
  name: "demo skips what cannot be read",
  // Nothing like it elsewhere that also root cannot read.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = new Folder();
    const text = folder.write("text", "some words");
    folder.link("loop", "loop");
    const unreadable = ["/proc/self/mem", `${folder.path}/loop`, "/dev/null"];
    if (Deno.uid() !== 0) {
      const secret = folder.write("secret", "words");
      await Deno.chmod(secret, 0);
      unreadable.push(secret);
    }
    const { code, figures, stderr } = await figuresOf([text, ...unreadable]);
    assertEquals(code, 0);
    assertEquals(figures.words, 2);
    assertEquals(
      figures.skipped.map(({ path }) => path).sort(),
      unreadable.sort(),
    );
    for (const path of unreadable) {
      assertStringIncludes(stderr, `skipped ${path}: `);
    }
  },
});

Deno.test("demo reads a file that has no size", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  const { figures } = await figuresOf(["/proc/cpuinfo"]);
  assert(figures.words > 0);
});
