/**
 * The files below some paths.
 *
 * @module
 */

import { unreadable } from "./found.ts";

/** What is below some paths. */
export interface Tree {
  /** The files, in the order of their paths. */
  readonly files: readonly string[];
  /** Whether one of the paths was a folder. */
  readonly hasFolders: boolean;
  /** What cannot be read, and why. */
  readonly errors: readonly string[];
}

/**
 * The files below some paths, as `grep -r` finds them: links below a path are not
 * followed, and what is neither file nor folder is passed over.
 */
export function treeOf(paths: readonly string[]): Tree {
  const [files, errors]: [string[], string[]] = [[], []];
  let hasFolders = false;
  for (const path of paths) {
    const below: string[] = [];
    const folders = [path];
    try {
      if (!Deno.statSync(path).isDirectory) below.push(folders.pop()!);
    } catch (error) {
      errors.push(unreadable(path, error).error!);
      continue;
    }
    hasFolders ||= folders.length > 0;
    for (let folder; (folder = folders.pop()) !== undefined;) {
      try {
        lookInto(folder, below, folders);
      } catch (error) {
        errors.push(unreadable(folder, error).error!);
      }
    }
    files.push(...below.sort());
  }
  return { files, hasFolders, errors };
}

function lookInto(folder: string, files: string[], folders: string[]): void {
  const start = folder.endsWith("/") ? folder : `${folder}/`;
  for (const { name, isFile, isDirectory } of Deno.readDirSync(folder)) {
    if (isFile) files.push(start + name);
    else if (isDirectory) folders.push(start + name);
  }
}
