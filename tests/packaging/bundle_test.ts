import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Runtime } from "../../mod.ts";
import { findEngine } from "../engines/find_engine.ts";

const run = promisify(execFile);
const timeout = 120_000;
const fixture = (name: string) =>
  fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));
const ENTRIES = ["main", "host", "definitions"].map(fixture);

/** What the program prints wherever its modules are. */
const OUTPUT = '["threads",1,1,125,2]\n';

const ESBUILD = ["--bundle", "--splitting", "--format=esm", "--platform=node"];
const NAMES = "--keep-names";

/** Commands that take entries, and an option for the folder to write to. */
const BUNDLERS = {
  "deno bundle": (folder: string) => [
    ...[Deno.execPath(), "bundle", "--quiet", "--no-lock"],
    ...["--code-splitting", NAMES, "--outdir", folder],
  ],
  "esbuild": (folder: string) => [
    ...["npx", "-y", "esbuild@0.28.2", ...ESBUILD, NAMES],
    ...["--minify-whitespace", "--minify-syntax", `--outdir=${folder}`],
  ],
  "esbuild that minifies names": (folder: string) => [
    ...["npx", "-y", "esbuild@0.28.2", ...ESBUILD, NAMES],
    ...["--minify", `--outdir=${folder}`],
  ],
};

/** Bundles the program; undefined, and a line that says why, where that cannot be. */
async function bundle(
  name: keyof typeof BUNDLERS,
): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "kindred-bundle-"));
  const [file, ...args] = [...BUNDLERS[name](folder), ...ENTRIES];
  try {
    await run(file!, args, { timeout });
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true });
    // npm is out of reach, or there is none: anything else is a failure.
    if (!/ENOENT|ENOTFOUND|EAI_AGAIN|dns error|ETIMEDOUT/.test(String(error))) {
      throw error;
    }
    console.log(`Ignored: ${name}, which cannot be had: ${error}`);
    return undefined;
  }
}

const DENO = [Deno.execPath(), "run", "-A"];
const node = await findEngine({ name: "node", major: 24 });

/** Runs the main module of a folder. */
async function runMain(
  command: readonly string[],
  folder: string,
): Promise<{ stdout: string; stderr: string }> {
  const [file, ...args] = [...command, join(folder, "main.js")];
  return await run(file!, args, { timeout });
}

for (const name of ["deno bundle", "esbuild"] as const) {
  Deno.test(
    `a program bundled by ${name} has workers that find what it defines`,
    {
      timeout,
    },
    async () => {
      const folder = await bundle(name);
      if (folder === undefined) return;
      try {
        assertEquals((await runMain(DENO, folder)).stdout, OUTPUT);
        if (name === "esbuild" && node !== undefined) {
          assertEquals((await runMain([node.path], folder)).stdout, OUTPUT);
        }
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
}

Deno.test(
  "a bundle without the names of its exports is refused with a sentence",
  {
    timeout,
  },
  async () => {
    const folder = await bundle("esbuild that minifies names");
    if (folder === undefined) return;
    try {
      const error = await runMain(DENO, folder).catch((error) => error);
      assertStringIncludes(error.stderr, "has no export of that name");
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

Deno.test("Runtime.start() is rejected if its host module hosts nothing", {
  timeout,
}, async () => {
  const { stdout } = await run(Deno.execPath(), [
    ...["run", "-A", "--no-check", "--no-lock"],
    fixture("misled"),
  ], { timeout });
  assertStringIncludes(stdout, "hostless.ts");
  assertStringIncludes(stdout, "@kindred/kindred/host");
});

Deno.test("Runtime.start() refuses a host module that is no absolute URL", async () => {
  for (const hostModule of ["./host.ts", "", 7 as unknown as URL]) {
    await assertRejects(
      () => Runtime.start({ workers: 1, hostModule }),
      TypeError,
    );
  }
});
