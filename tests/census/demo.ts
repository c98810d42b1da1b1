/**
 * The demo as a program of its own.
 *
 * @module
 */

import type { Figures } from "../../examples/census/figures.ts";
import { type ProgramResult, runProgram } from "../support/run_program.ts";

/** The program. */
export const DEMO: URL = new URL(
  "../../examples/census/main.ts",
  import.meta.url,
);

/** Runs the demo to its end, which must come by itself within 10 s. */
export function runDemo(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<ProgramResult> {
  return runProgram({ file: DEMO }, {
    permissions: ["-A"],
    args,
    env,
    timeout: 10_000,
  });
}

/** Runs the demo with `--json`. */
export async function figuresOf(
  args: readonly string[],
): Promise<ProgramResult & { figures: Figures }> {
  const result = await runDemo(["--json", ...args]);
  return { ...result, figures: JSON.parse(result.stdout) };
}

/** A temporary folder with a function that writes into it. */
export class Folder implements AsyncDisposable {
  /** Where it is. */
  readonly path: string = Deno.makeTempDirSync({ prefix: "census-test-" });

  /** Writes a file, and the folders that it is in. Returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = `${this.path}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeFileSync(
      path,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    return path;
  }

  /** Makes a symbolic link. */
  link(name: string, target: string): void {
    Deno.symlinkSync(target, `${this.path}/${name}`);
  }

  /** What is in it. */
  get names(): string[] {
    return [...Deno.readDirSync(this.path)].map(({ name }) => name);
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
