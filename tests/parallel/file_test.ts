import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { closure } from "../../aware/mod.ts";
import { par, type ParallelOptions } from "../../parallel/mod.ts";
import { SharedCounter } from "../../sync/mod.ts";
import { runProgram } from "../support/run_program.ts";
import { onAll } from "./on_all.ts";

const TEXT = Array.from({ length: 5000 }, (_, k) => `line ${k}\n`).join("");
const LINES = TEXT.split("\n").slice(0, -1);

/** When files were written to, in seconds. */
const TIME = Date.UTC(2010) / 1000;

/** A file with some text, which is gone afterwards. */
function temporary(text: string | Uint8Array = TEXT): Disposable & {
  readonly path: string;
} {
  const folder = mkdtempSync(join(tmpdir(), "kindred-file-"));
  const path = join(folder, "text");
  writeFileSync(path, text);
  utimesSync(path, TIME, TIME);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** How many files this process has open; 0 where the system does not tell. */
function openFiles(path: string): number {
  const folder = "/proc/self/fd";
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).filter((file) => {
    try {
      return Deno.readLinkSync(`${folder}/${file}`) === path;
    } catch {
      return false; // closed since
    }
  }).length;
}

onAll(
  "par.file() has the lines, the blocks and the bytes of a file",
  async (options) => {
    using file = temporary();
    const progress = new SharedCounter();
    const plan = par.file(file.path, { ...options, progress });
    assertEquals(plan.size, TEXT.length);
    assertEquals(await plan.lines().collect(), LINES);
    assertEquals(progress.value, TEXT.length);
    assertEquals((await plan.blocks().collect()).join(""), TEXT);
    const url = par.file(pathToFileURL(file.path), options);
    assertEquals(await url.lines().count(), LINES.length);
    for (const size of [1, 7, 1000, TEXT.length, 2 ** 30]) {
      const pieces = plan.pieces(size).withMinLen(1000);
      assertEquals(pieces.length, Math.ceil(TEXT.length / size));
      const all = await pieces.map((bytes) =>
        String.fromCharCode.apply(null, bytes as unknown as number[])
      ).collect();
      assertEquals(all.join(""), TEXT);
      assert(all.slice(0, -1).every((piece) => piece.length === size));
    }
    assertEquals(openFiles(file.path), 0);
  },
);

onAll("par.file() of an empty file has nothing", async (options) => {
  using file = temporary("");
  const plan = par.file(file.path, options);
  assertEquals(await plan.lines().collect(), []);
  assertEquals(await plan.blocks().collect(), []);
  assertEquals(await plan.pieces(10).collect(), []);
});

onAll(
  "par.file() has lines that are longer than what is read at once",
  async (options) => {
    const lines = [1e6, 0, 3, 70_000, 1].map((length) => "é".repeat(length));
    using file = temporary(lines.join("\r\n"));
    const plan = par.file(file.path, options).lines();
    assertEquals(await plan.collect(), lines);
    const short = par.file(file.path, { ...options, longestLine: 2 ** 20 });
    await assertRejects(
      () => short.lines().count(),
      RangeError,
      "line at byte 0",
    );
    assertEquals(openFiles(file.path), 0);
  },
);

onAll("par.file() closes the file when it ends early", async (options) => {
  using file = temporary();
  const lines = par.file(file.path, options).lines();
  assertEquals(await lines.findFirst((line) => line === "line 7"), "line 7");
  const failing = lines.forEach((line) => {
    if (line === "line 77") throw new RangeError("no 77");
  });
  await assertRejects(() => failing, RangeError, "no 77");
  assertEquals(openFiles(file.path), 0);
});

onAll("par.file() can be run twice at the same time", async (options) => {
  using file = temporary();
  const lines = par.file(file.path, options).lines();
  const [all, count, other] = await Promise.all([
    lines.collect(),
    lines.chain(lines).count(),
    lines.map((line) => line.length).sum(),
  ]);
  assertEquals(all, LINES);
  assertEquals(count, 2 * LINES.length);
  assertEquals(other, TEXT.length - LINES.length);
  assertEquals(openFiles(file.path), 0);
});

onAll("par.file() is ended by a signal", async (options) => {
  using file = temporary();
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error("enough");
  const slow = par.file(file.path, { ...options, signal }).lines()
    .inspect(() => {
      const end = performance.now() + 20;
      while (performance.now() < end);
    });
  setTimeout(() => controller.abort(reason), 5);
  assertStrictEquals(await slow.count().catch((error) => error), reason);
  assertEquals(openFiles(file.path), 0);
});

/** What can happen to a file after it was planned, and what a message says of it. */
const CHANGES: readonly {
  readonly name: string;
  readonly message: string;
  change(path: string): void;
}[] = [
  {
    name: "has grown",
    message: `of ${TEXT.length} bytes`,
    change: (path) => appendFileSync(path, "more\n"),
  },
  {
    name: "was cut",
    message: "of 100 bytes",
    change: (path) => truncateSync(path, 100),
  },
  {
    name: "was written to",
    message: "written 2001",
    change: (path) => {
      const time = Date.UTC(2001) / 1000;
      utimesSync(path, time, time);
    },
  },
  {
    name: "was replaced",
    message: "received file",
    change: (path) => {
      writeFileSync(`${path}.new`, TEXT);
      utimesSync(`${path}.new`, TIME, TIME);
      renameSync(`${path}.new`, path);
    },
  },
];

for (const { name, message, change } of CHANGES) {
  onAll(`par.file() refuses a file that ${name}`, async (options) => {
    using file = temporary();
    const plan = par.file(file.path, options);
    const lines = plan.lines();
    assertEquals(await lines.count(), LINES.length);
    change(file.path);
    await assertRejects(() => lines.count(), Error, message);
    await assertRejects(() => plan.pieces(10).count(), Error, message);
    assertEquals(openFiles(file.path), 0);
  });
}

onAll(
  "par.file() refuses a file that changes while it is read",
  async (options) => {
    using file = temporary();
    const touch = closure({ path: file.path }, ({ path }, line: string) => {
      if (line !== "line 4321") return;
      const time = new Date(1e12);
      Deno.utimeSync(path, time, time);
    });
    const lines = par.file(file.path, options).lines();
    await assertRejects(() => lines.forEach(touch), Error, "written 2001");
    assertEquals(openFiles(file.path), 0);
  },
);

onAll("par.file() takes a file that may grow as it was", async (options) => {
  using file = temporary("a\nbc");
  const plan = par.file(file.path, { ...options, mayGrow: true });
  appendFileSync(file.path, "d\ne\n");
  assertEquals(await plan.lines().collect(), ["a", "bc"]);
  assertEquals(await plan.pieces(3).map(({ length }) => length).collect(), [
    3,
    1,
  ]);
  truncateSync(file.path, 3);
  await assertRejects(() => plan.lines().count(), Error, "of 3 bytes");
});

Deno.test("par.file() says what is wrong when it is called", () => {
  using file = temporary();
  const missing = assertThrows(() => par.file(`${file.path}.not`), Error);
  assertEquals((missing as { code?: string }).code, "ENOENT");
  assertThrows(() => par.file(tmpdir()), TypeError, "must be a file");
  const bad = <T>(value: unknown) => value as T;
  for (const path of [5, null, "", new URL("https://a.b/c"), {}]) {
    assertThrows(() => par.file(bad(path)), TypeError, "'path' must be");
  }
  const { path } = file;
  const options = (options: unknown) => bad<ParallelOptions>(options);
  assertThrows(() => par.file(path, options(5)), TypeError, "'options'");
  const grows = () => par.file(path, options({ mayGrow: 1 }));
  assertThrows(grows, TypeError, "'mayGrow'");
  for (const longestLine of [1, 2 ** 13 - 1, 1e4 + 0.5, NaN]) {
    const refused = () => par.file(path, options({ longestLine }));
    assertThrows(refused, RangeError, `received ${longestLine}`);
  }
  const none = () => par.file(path, options({ longestLine: "1" }));
  assertThrows(none, TypeError, "'longestLine'");
  assertThrows(() => par.file(path).pieces(0), RangeError, "'size'");
});

Deno.test({
  name: "par.file() refuses a file that does not say how long it is",
  ignore: !existsSync("/proc/self/status"),
  fn: () => {
    const plan = () => par.file("/proc/self/status");
    assertThrows(plan, RangeError, "size of 0");
  },
});

Deno.test("par.file() does not ask for a permission", {
  timeout: 60_000,
}, async () => {
  using file = temporary();
  const program = `
    import { par } from "@kindred/kindred/parallel";
    try {
      par.file(Deno.args[0]);
    } catch (error) {
      console.log(error.constructor.name, error.message);
    }
  `;
  const { stdout, stderr } = await runProgram(program, { args: [file.path] });
  assertEquals(
    [stdout, stderr],
    [
      `Error Cannot read file "${file.path}" without permission: grant --allow-read=${file.path}\n`,
      "",
    ],
  );
});
