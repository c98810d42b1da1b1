/**
 * Where in the repository a linted file stands.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { MAY_IMPORT, ROOT } from "../repository.ts";

/**
 * The path of a file relative to the repository's root, with slashes. A relative
 * path is taken as it is; one outside the repository stays absolute.
 */
export function repositoryPath(filename: string): string {
  const path = withSlashes(
    filename.startsWith("file:") ? fileURLToPath(filename) : filename,
  );
  const root = withSlashes(ROOT);
  if (path.startsWith(root)) return path.slice(root.length);
  return path.replace(/^\.\//, "");
}

/** The library folder that a repository path is in, or undefined. */
export function libraryFolder(path: string): string | undefined {
  const [folder, ...rest] = path.split("/");
  return rest.length > 0 && folder !== undefined &&
      Object.hasOwn(MAY_IMPORT, folder)
    ? folder
    : undefined;
}

/** Whether a repository path is library code: in a library folder, or `mod.ts`. */
export function isLibrary(path: string): boolean {
  return path === "mod.ts" || libraryFolder(path) !== undefined;
}

function withSlashes(path: string): string {
  return path.replaceAll("\\", "/");
}
