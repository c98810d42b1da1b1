/**
 * Where this repository is, and which of its folders are the library.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's folder, with a separator at its end. */
export const ROOT: string = fileURLToPath(new URL("../", import.meta.url));

/**
 * The library's folders, and the folders that the files of each may import
 * besides their own. Nothing imports upward or sideways.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = layers();

/** The library's folders that exist. */
export function libraryFolders(): string[] {
  return Object.keys(MAY_IMPORT).filter((folder) => existsSync(ROOT + folder));
}

function layers(): Record<string, readonly string[]> {
  const belowWorkers = [
    "ffi",
    "topology",
    "sync",
    "codec",
    "aware",
    "linked",
  ];
  const upToWorkers = [...belowWorkers, "workers"];
  return {
    ffi: [],
    topology: ["ffi"],
    sync: [],
    codec: ["sync"],
    aware: ["topology", "sync", "codec"],
    linked: ["sync", "codec", "aware"],
    lint: [],
    workers: belowWorkers,
    batching: upToWorkers,
    desync: upToWorkers,
    parallel: upToWorkers,
    serve: [...upToWorkers, "batching", "desync", "parallel"],
  };
}
