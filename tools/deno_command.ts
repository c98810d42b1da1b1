/**
 * Running the same Deno that runs the tools, in the repository's folder.
 *
 * @module
 */

import { ROOT } from "./repository.ts";

/** Options of {@linkcode runDeno}. */
export interface RunDenoOptions {
  /** Environment variables, besides this process's own. */
  env?: Record<string, string>;
  /** Is given the output as it comes; without it the child writes by itself. */
  onStdout?: (chunk: Uint8Array) => void;
  /** Kills the child after so many milliseconds; default: never. */
  timeLimit?: number;
  /** Throws away what the child prints. */
  silent?: boolean;
}

/** How a Deno command ended. */
export interface DenoStatus {
  /** Its exit status; not 0 if it was killed. */
  code: number;
  /** Whether it ran into the time limit and was killed. */
  timedOut: boolean;
}

/** Runs a Deno command to its end, with no standard input. */
export async function runDeno(
  args: readonly string[],
  options: RunDenoOptions = {},
): Promise<DenoStatus> {
  const { env = {}, onStdout, timeLimit, silent = false } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: onStdout !== undefined ? "piped" : silent ? "null" : "inherit",
    stderr: silent ? "null" : "inherit",
  }).spawn();

  let timedOut = false;
  const timer = timeLimit === undefined ? undefined : setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, timeLimit);

  if (onStdout !== undefined) {
    for await (const chunk of child.stdout) onStdout(chunk);
  }
  const { success, code } = await child.status;
  clearTimeout(timer);
  return { code: success ? 0 : code || 1, timedOut };
}
