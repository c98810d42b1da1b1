import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCommandLine } from "../../examples/grep/command_line.ts";
import { found } from "../../examples/grep/compare.ts";
import { gnuGrep, hasGnuGrep } from "../../examples/grep/gnu_grep.ts";
import { Matcher } from "../../examples/grep/matcher.ts";
import type { Query } from "../../examples/grep/query.ts";
import { treeOf } from "../../examples/grep/tree.ts";
import { Runtime } from "../../workers/mod.ts";
import { runProgram } from "../support/run_program.ts";

const timeout = 60_000;

const QUERY: Query = {
  pattern: "needle",
  ignoreCase: false,
  print: "lines",
  numbered: true,
  named: true,
};

/** A folder with files, which is gone afterwards. */
async function folderWith(
  files: Record<string, string>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "grep-"));
  for (const [name, text] of Object.entries(files)) {
    const folder = join(path, name, "..");
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(path, name), text);
  }
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

/** Small files of all kinds, and large ones: one of text, one that is binary at its end. */
function someFiles(): Record<string, string> {
  const lines = Array.from(
    { length: 60_000 },
    (_, k) => k % 777 === 0 ? `a Needle ${k}, a needle` : `é line ${k} of hay`,
  );
  return {
    "a/one.txt": "hay\nneedle\n\nhay needle needle\n",
    "a/two.txt": "no end\r\nneedle\r\n needle",
    "a/b/empty.txt": "",
    "a/b/newline.txt": "\n",
    "binary": "needle\n\0\nneedle\n",
    "large.txt": lines.join("\n"),
    "larger.txt": `${lines.join("\n")}\n`.repeat(2),
    "large binary": `\0${lines.join("\n")}`,
    "z": "NEEDLE\nhay\n",
  };
}

Deno.test("Matcher finds the lines that match by themselves", () => {
  const patterns = [
    ...[
      "a",
      "",
      "^",
      "$",
      "^$",
      "b$",
      "^a",
      "a.b",
      "a+",
      "[^b]",
      "\\s",
      "a\\s",
    ],
    ...["\\sb", "a\\nb", "a(?!\\s)", "(?<=b)a", "(?<!\\s)b", "a[^]*b", "\\r"],
    ...["[^b]*b", "\\b", "(a|b)\\1", "\\r$", "a*$"],
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...patterns),
      fc.string({
        unit: fc.constantFrom("a", "b", "B", "\n", "\r", "é", "\u2028"),
      }),
      fc.boolean(),
      (pattern, text, ignoreCase) => {
        const matcher = new Matcher({ ...QUERY, pattern, ignoreCase });
        const lines = text.split("\n");
        if (lines.at(-1) === "") lines.pop();
        const alone = new RegExp(pattern, ignoreCase ? "i" : "");
        assertEquals(
          [...matcher.matches(text)].map(({ start, end, before }) => [
            before,
            text.slice(start, end),
          ]),
          [...lines.entries()].filter(([, line]) => alone.test(line)),
        );
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test({
  name: "search() prints what GNU grep prints",
  ignore: !await hasGnuGrep(),
  fn: async () => {
    await using folder = await folderWith(someFiles());
    await using runtime = await Runtime.start({ workers: 2 });
    const { files } = treeOf([folder.path]);
    assertEquals(files.length, Object.keys(someFiles()).length);
    for (const pattern of ["needle", "^[a-z]+$", "n.*7+,", "nothing"]) {
      for (const print of ["lines", "count", "name"] as const) {
        for (const flag of [false, true]) {
          const query: Query = {
            pattern,
            print,
            ignoreCase: flag,
            numbered: flag,
            named: print === "name" || flag,
          };
          // Of names in an order, as that of folders is any.
          const expected = await gnuGrep(query, files);
          for (const eager of [false, true]) {
            const text = await found(query, files, { runtime, eager });
            assert(text === expected, `${pattern} ${JSON.stringify(query)}`);
          }
        }
      }
    }
  },
  timeout,
});

Deno.test("search() finds nothing in a file that turns out to be binary", {
  timeout,
}, async () => {
  await using folder = await folderWith({
    "large": `needle\n${"hay\n".repeat(400_000)}\0`,
    "small": "needle\n\0",
  });
  const { files } = treeOf([folder.path]);
  assertEquals(await found(QUERY, files, {}), "");
  const counts = await found({ ...QUERY, print: "count" }, files, {});
  assertEquals(counts, files.map((path) => `${path}:0\n`).join(""));
});

Deno.test("examples/grep/main.ts prints lines, and says what is wrong", {
  timeout,
}, async () => {
  await using folder = await folderWith(someFiles());
  const run = (args: string[]) =>
    runProgram(
      { file: new URL("../../examples/grep/main.ts", import.meta.url) },
      { permissions: ["--allow-all"], args, cwd: folder.path, timeout },
    );
  const lines = await run(["-rn", "needle", "a"]);
  assertEquals(
    lines.stdout,
    "a/one.txt:2:needle\na/one.txt:4:hay needle needle\n" +
      "a/two.txt:2:needle\r\na/two.txt:3: needle\n",
  );
  assertEquals([lines.code, lines.stderr], [0, ""]);
  const one = await run(["-ic", "needle", "z"]);
  assertEquals([one.stdout, one.code], ["1\n", 0]);
  const none = await run(["-F", "n.edle", "a", "nowhere"]);
  assertEquals([none.stdout, none.code], ["", 2]);
  assertMatch(none.stderr, /^grep: nowhere: No such file/);
  const nothing = await run(["nothing"]);
  assertEquals([nothing.stdout, nothing.stderr, nothing.code], ["", "", 1]);
  const bad = await run(["("]);
  assertEquals(bad.code, 2);
  assertMatch(bad.stderr, /^grep: Invalid regular expression/);
  const help = await run(["--help"]);
  assertMatch(help.stdout, /Usage: /);
});

Deno.test("readCommandLine() reads options in any order, and refuses others", () => {
  const command = readCommandLine(["-nic", "a+", "b", "-H"]);
  assertEquals(command, {
    query: { pattern: "a+", ignoreCase: true, print: "count", numbered: true },
    named: true,
    paths: ["b"],
  });
  assertEquals(readCommandLine(["-F", "a+(b)"])?.query.pattern, "a\\+\\(b\\)");
  assertEquals(readCommandLine(["a", "-h"])?.named, false);
  assertEquals(readCommandLine(["a"])?.paths, ["."]);
  assertEquals(readCommandLine(["--help"]), undefined);
  assertThrows(() => readCommandLine([]), TypeError, "PATTERN");
  assertThrows(() => readCommandLine(["-x", "a"]), TypeError, "'-x'");
});

Deno.test("examples/grep/compare.ts says how long each of them takes", {
  timeout,
  ignore: !await hasGnuGrep(),
}, async () => {
  await using folder = await folderWith({ "a": "needle\n", "b": "hay\n" });
  const { code, stdout, stderr } = await runProgram(
    { file: new URL("../../examples/grep/compare.ts", import.meta.url) },
    {
      permissions: ["--allow-all"],
      args: ["needle", folder.path],
      timeout,
    },
  );
  assertEquals([code, stderr], [0, ""]);
  assertMatch(
    stdout,
    /^all threads [\d.]+ ms\none thread [\d.]+ ms\nGNU grep [\d.]+ ms\nall found the same\n$/,
  );
});
