import { assertEquals, assertStringIncludes } from "@std/assert";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const timeout = 180_000;
const fixture = (name: string) =>
  fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));

/** Compiles the program of these tests, and gives what Deno says of it. */
async function compile(
  output: string,
  env: Record<string, string> = {},
): Promise<string> {
  const { stderr } = await run(Deno.execPath(), [
    ...["compile", "-A", "--no-check", "--no-lock"],
    ...["--include", fixture("host"), "--include", fixture("definitions")],
    ...["--output", output, fixture("main")],
  ], { timeout, env: { ...Deno.env.toObject(), NO_COLOR: "1", ...env } });
  return stderr;
}

/** Why no program can be compiled here that runs; undefined if one can. */
async function whyNotHere(output: string): Promise<string | undefined> {
  try {
    await compile(output);
    return undefined;
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    // The engine of compiled programs is downloaded on first use.
    const why = /^.*(dns error|error sending|lookup|Could not find denort).*$/m
      .exec(stderr);
    if (why === null) throw error;
    return why[0].trim();
  }
}

const folder = await mkdtemp(join(tmpdir(), "kindred-compile-"));
const program = join(folder, Deno.build.os === "windows" ? "main.exe" : "main");
const missing = await whyNotHere(program);
if (missing !== undefined) {
  await rm(folder, { recursive: true });
  console.log(
    `Ignored: running what deno compile makes, as its engine cannot be had, and DENORT_BIN names none (${missing})`,
  );
}

Deno.test(
  "deno compile packs the host module and the definitions that it is told of",
  {
    timeout,
  },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "kindred-compile-"));
    try {
      // What it packs does not depend on the engine, so any program stands in for that.
      const packed = await compile(join(folder, "main"), {
        DENORT_BIN: Deno.execPath(),
      });
      for (
        const name of ["main.ts", "host.ts", "definitions.ts", "mailbox"]
      ) {
        assertStringIncludes(packed, name);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

Deno.test(
  "a program made by deno compile has workers that find what it defines",
  {
    ignore: missing !== undefined,
    timeout,
  },
  async () => {
    try {
      const { stdout } = await run(program, [], { timeout });
      assertEquals(stdout, '["threads",1,1,125,2]\n');
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
