/**
 * The command line.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** What `--help` prints. */
export const HELP =
  `Counts the words of every text file below each PATH, on every core.

Usage: deno task demo [--json] [PATH ...]

Without a PATH: this repository, and Deno's own type declarations.

  --json      print the figures as one JSON object
  -h, --help  print this

A word is a run of bytes that are not ASCII white space. Files with a NUL byte
in their first 8 KiB count as binary and are skipped. Folders named .git and
node_modules are passed over, and links below a PATH are not followed.

Exit status: 0; 1 if there is nothing at any PATH; 2 if an option is unknown;
130 after Ctrl-C, 143 after SIGTERM.`;

/** What the program is asked to do. */
export interface Command {
  /** What to count; empty: the default. */
  readonly paths: readonly string[];
  /** Whether to print JSON. */
  readonly json: boolean;
  /** Whether to print {@linkcode HELP} instead. */
  readonly help: boolean;
}

/**
 * Reads the command line.
 *
 * @throws {TypeError} If there is an option in it that does not exist.
 */
export function readCommandLine(args: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return { paths: positionals, json: values.json, help: values.help };
}
