/**
 * GNU grep, which is asked the same.
 *
 * @module
 */

import type { Query } from "./query.ts";

/**
 * What GNU grep prints; the pattern is one that means the same there.
 *
 * It looks at bytes, as it is quickest then.
 *
 * @throws {Error} If there is no GNU grep, or it fails.
 */
export async function gnuGrep(
  query: Query,
  paths: readonly string[],
): Promise<string> {
  const { pattern, ignoreCase, print, numbered, named } = query;
  const { code, stdout, stderr } = await new Deno.Command("grep", {
    args: [
      ...["-r", "-I", "-E", named ? "-H" : "-h"],
      ...ignoreCase ? ["-i"] : [],
      ...numbered ? ["-n"] : [],
      ...print === "count" ? ["-c"] : print === "name" ? ["-l"] : [],
      ...["-e", pattern, "--", ...paths],
    ],
    env: { LC_ALL: "C" },
  }).output();
  const decoder = new TextDecoder();
  // 1: nothing was found.
  if (code <= 1) return decoder.decode(stdout);
  throw new Error(`Cannot search with grep: ${decoder.decode(stderr)}`);
}

/** Whether there is GNU grep. */
export async function hasGnuGrep(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("grep", { args: ["--version"] })
      .output();
    return new TextDecoder().decode(stdout).includes("GNU grep");
  } catch {
    return false;
  }
}

/** Lines in an order that does not depend on that of the files. */
export function sortedLines(text: string): string {
  return text.split("\n").sort().join("\n");
}
