/**
 * The files below some paths.
 *
 * Links below a path are not followed, as with `grep -r`: what they lead to is
 * not counted twice, and there are no cycles. A path that is itself a link is.
 *
 * @module
 */

import { reasonOf, type Skipped } from "./skipped.ts";
import { Turns } from "./turns.ts";

/** Folders that are passed over wherever they are found. */
const PASSED_OVER: ReadonlySet<string> = new Set([".git", "node_modules"]);

/** A file to count. */
export interface FoundFile {
  /** Where it is. */
  readonly path: string;
  /** How long it is, in bytes. */
  readonly size: number;
}

/** What was found below some paths. */
export interface Found {
  /** All files, in the order in which they were found. */
  readonly files: FoundFile[];
  /** What is neither file nor folder, or cannot be looked at. */
  readonly skipped: Skipped[];
}

/**
 * Finds all files below some paths. A file that is below two of them is found
 * twice.
 *
 * @param signal Ends the search.
 * @throws What the signal was aborted with.
 */
export async function findFiles(
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Found> {
  const found: Found = { files: [], skipped: [] };
  const turns = new Turns();
  for (const path of paths) {
    const folders = look(path, statOf(path, found), found);
    for (let folder; (folder = folders.pop()) !== undefined;) {
      folders.push(...lookInto(folder, found));
      if (turns.over) await turns.next();
      signal.throwIfAborted();
    }
  }
  return found;
}

/** Whether there is anything at a path. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

/** Looks at everything in a folder. Returns the folders in it. */
function lookInto(folder: string, found: Found): string[] {
  try {
    return [...Deno.readDirSync(folder)]
      .filter((entry) => !entry.isSymlink)
      .filter((entry) => !(entry.isDirectory && PASSED_OVER.has(entry.name)))
      .flatMap((entry) => {
        const path = join(folder, entry.name);
        return look(path, entry.isFile ? statOf(path, found) : entry, found);
      });
  } catch (error) {
    found.skipped.push({ path: folder, reason: reasonOf(error) });
    return [];
  }
}

/** Notes what is at a path. Returns it if it is a folder. */
function look(
  path: string,
  what: Deno.FileInfo | Deno.DirEntry | undefined,
  found: Found,
): string[] {
  if (what === undefined) return [];
  if (what.isDirectory) return [path];
  if ("size" in what && what.isFile) {
    found.files.push({ path, size: what.size });
  } else {
    found.skipped.push({ path, reason: "neither a file nor a folder" });
  }
  return [];
}

function statOf(path: string, found: Found): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    found.skipped.push({ path, reason: reasonOf(error) });
    return undefined;
  }
}

function join(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}
