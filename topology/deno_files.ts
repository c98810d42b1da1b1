/**
 * The files of a machine, read by Deno.
 *
 * @module
 */

import { MachineFiles } from "./machine_files.ts";

/**
 * The files of `/sys` and `/proc`, or of copies of them.
 *
 * @param root The folder that holds the machine's `sys` and `proc`, without a slash at its end.
 */
export function denoFiles(deno: typeof Deno, root: string): MachineFiles {
  return new MachineFiles(
    (path) => textOf(deno, root + path),
    (folder) => namesIn(deno, root + folder),
  );
}

/** Recordings lack many files and link to what they lack; of an offline processor some cannot be read. */
function textOf(deno: typeof Deno, path: string): string | undefined {
  try {
    return deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}

function namesIn(deno: typeof Deno, folder: string): string[] {
  try {
    return [...deno.readDirSync(folder)].map((entry) => entry.name);
  } catch {
    return [];
  }
}
