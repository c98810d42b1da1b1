/**
 * Prints the lines of files that match a regular expression, searching on every core:
 *
 *     deno run -A examples/grep/main.ts [OPTIONS] PATTERN [PATH ...]
 *
 * @module
 */

import { type Command, HELP, readCommandLine } from "./command_line.ts";
import { Matcher } from "./matcher.ts";
import type { Query } from "./query.ts";
import { search } from "./search.ts";
import { treeOf } from "./tree.ts";

/** Runs the program. Returns its exit status. */
export async function main(args: readonly string[]): Promise<number> {
  let command: Command | undefined;
  try {
    command = readCommandLine(args);
    if (command === undefined) {
      write(Deno.stdout, `${HELP}\n`);
      return 0;
    }
    new Matcher({ ...command.query, named: false });
  } catch (error) {
    complain((error as Error).message);
    return 2;
  }
  const { paths, named } = command;
  const { files, hasFolders, errors } = treeOf(paths);
  const query: Query = {
    ...command.query,
    named: named ?? (hasFolders || paths.length > 1),
  };
  const all = await search(query, files, {});
  write(Deno.stdout, all.map(({ text }) => text).join(""));
  const failed = all.flatMap(({ error }) => error ?? []);
  for (const error of [...errors, ...failed]) complain(error);
  if (errors.length + failed.length > 0) return 2;
  return all.some(({ count }) => count > 0) ? 0 : 1;
}

function complain(what: string): void {
  write(Deno.stderr, `grep: ${what}\n`);
}

const encoder = new TextEncoder();

function write(stream: typeof Deno.stdout, text: string): void {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) {
    at += stream.writeSync(bytes.subarray(at));
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
