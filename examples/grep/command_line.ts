/**
 * The command line.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Query } from "./query.ts";

/** What `--help` prints. */
export const HELP =
  `Prints the lines of files that match a regular expression, searching on every core.

Usage: deno run -A examples/grep/main.ts [OPTIONS] PATTERN [PATH ...]

PATTERN is a regular expression of JavaScript. Without a PATH: this folder.
Folders are searched with all that is below them, but for links.

  -n  number the lines of each file
  -c  print how many lines of each file match
  -l  print the names of files with lines that match
  -i  take capital letters for small ones
  -F  PATTERN is a text, and no regular expression
  -H  print the names of files also if there is only one
  -h  print no names of files
  -r, -I  what is done in any case: search folders, skip binary files
  --help  print this

Files are printed in the order of their paths. One with a NUL byte counts as binary.

Exit status: 0 if a line matches; 1 if none does; 2 if something could not be read, or
the command line is wrong.`;

/** What the program is asked to do. */
export interface Command {
  /** What to search for; whether files are named can depend on how many there are. */
  readonly query: Omit<Query, "named">;
  /** Whether files are named; undefined: if there may be several. */
  readonly named: boolean | undefined;
  /** Where to search. */
  readonly paths: readonly string[];
}

/**
 * Reads the command line.
 *
 * @returns Undefined if help is asked for.
 * @throws {TypeError} If there is no pattern, or an option that does not exist.
 */
export function readCommandLine(args: readonly string[]): Command | undefined {
  const flag = (short: string) => ({ type: "boolean", short }) as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      number: flag("n"),
      count: flag("c"),
      names: flag("l"),
      "ignore-case": flag("i"),
      fixed: flag("F"),
      named: flag("H"),
      unnamed: flag("h"),
      recursive: flag("r"),
      "skip-binary": flag("I"),
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  const [pattern, ...paths] = positionals;
  if (pattern === undefined) {
    throw new TypeError("Cannot search as there is no PATTERN: received none");
  }
  return {
    query: {
      pattern: values.fixed ? escaped(pattern) : pattern,
      ignoreCase: values["ignore-case"] === true,
      print: values.names ? "name" : values.count ? "count" : "lines",
      numbered: values.number === true,
    },
    named: values.unnamed ? false : values.named,
    paths: paths.length > 0 ? paths : ["."],
  };
}

/** A regular expression that matches a text. */
function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
