/**
 * Files as every engine reads them that has any: by `node:fs`.
 *
 * @module
 */

/** What is needed of `node:fs`. */
export interface FileSystem {
  statSync(path: string): FileStatus;
  openSync(path: string, flags: "r"): number;
  closeSync(file: number): void;
  fstatSync(file: number): FileStatus;
  /** Reads from a position; returns how many bytes; 0 at the end. */
  readSync(
    file: number,
    target: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): number;
}

/** What is needed to know of a file. */
export interface FileStatus {
  readonly size: number;
  /** When it was written to, in ms. */
  readonly mtimeMs: number;
  /** Which file it is, beside others of its device. */
  readonly ino: number;
  isFile(): boolean;
}

/**
 * The files of this engine; it is loaded when it is first asked for.
 *
 * @throws {Error} If it has none.
 */
export function fileSystem(): FileSystem {
  return builtIn<FileSystem>("node:fs");
}

/**
 * The path of a file.
 *
 * @throws {TypeError} If it is neither a path nor a `file:` URL.
 */
export function pathOf(path: string | URL): string {
  if (typeof path === "string" && path !== "") return path;
  if (path instanceof URL && path.protocol === "file:") {
    return builtIn<UrlModule>("node:url").fileURLToPath(path);
  }
  throw new TypeError(
    `Cannot read file in parallel as 'path' must be a path or a file URL: received ${
      path instanceof URL
        ? path
        : typeof path === "object"
        ? path
        : JSON.stringify(path)
    }`,
  );
}

interface UrlModule {
  fileURLToPath(url: URL): string;
}

function builtIn<M>(name: string): M {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): M | undefined };
  };
  const module = process?.getBuiltinModule?.(name);
  if (module !== undefined) return module;
  throw new Error(
    `Cannot read files in parallel as this JavaScript runtime has no '${name}'`,
  );
}

/**
 * Looks whether a file may be read: Deno would ask for that, if there is somebody to
 * ask.
 *
 * @throws {Error} If not.
 */
export function checkReadable(path: string): void {
  const { permissions } =
    (globalThis as { Deno?: { permissions?: Deno.Permissions } }).Deno ?? {};
  if (permissions === undefined) return;
  if (permissions.querySync({ name: "read", path }).state === "granted") return;
  throw new Error(
    `Cannot read file "${path}" without permission: grant --allow-read=${path}`,
  );
}
