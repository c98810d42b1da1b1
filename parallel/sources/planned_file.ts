/**
 * A file as it was when a plan was made, and as it is when it is read.
 *
 * @module
 */

import { checkReadable, fileSystem } from "./file_system.ts";

/** What a thread needs to know to read a file: it goes to others as it is. */
export interface PlannedFile {
  readonly path: string;
  /** How many bytes are read of it. */
  readonly size: number;
  /** When it was written to, in ms. */
  readonly time: number;
  /** Which file of its device it is. */
  readonly number: number;
  /** Whether more may be appended. */
  readonly mayGrow: boolean;
}

/**
 * Looks at a file.
 *
 * @throws {TypeError} If it is no file.
 * @throws {RangeError} If it does not say how long it is.
 * @throws {Error} If there is none, or no permission to read it.
 */
export function plannedFile(path: string, mayGrow: boolean): PlannedFile {
  checkReadable(path);
  const files = fileSystem();
  const status = files.statSync(path);
  if (!status.isFile()) {
    throw new TypeError(
      `Cannot read "${path}" in parallel as it must be a file: received a folder, device or pipe`,
    );
  }
  const { size, mtimeMs: time, ino: number } = status;
  if (size === 0) checkEmpty(path);
  return { path, size, time, number, mayGrow };
}

/** Those of `/proc` do not say how long they are. */
function checkEmpty(path: string): void {
  const files = fileSystem();
  const file = files.openSync(path, "r");
  try {
    if (files.readSync(file, new Uint8Array(1), 0, 1, 0) === 0) return;
  } finally {
    files.closeSync(file);
  }
  throw new RangeError(
    `Cannot read file "${path}" in parallel as it must say how long it is: received a size of 0, and bytes`,
  );
}

/** A file that is open on this thread. */
export class OpenFile {
  readonly #planned: PlannedFile;
  readonly #files = fileSystem();
  readonly #file: number;

  /**
   * Opens it.
   *
   * @throws {Error} If there is no permission to read it, or it has changed since it
   * was planned.
   */
  constructor(planned: PlannedFile) {
    const { path } = planned;
    checkReadable(path);
    this.#planned = planned;
    this.#file = this.#files.openSync(path, "r");
    try {
      this.check();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Fills memory with the bytes from a position on.
   *
   * @throws {RangeError} If the file ends before.
   */
  read(target: Uint8Array, position: number): void {
    const { length } = target;
    for (let at = 0; at < length;) {
      const count = this.#files
        .readSync(this.#file, target, at, length - at, position + at);
      if (count === 0) {
        const { path, size } = this.#planned;
        throw new RangeError(
          `Cannot read file "${path}" as it must have ${size} bytes as when it was planned: received ${
            position + at
          }`,
        );
      }
      at += count;
    }
  }

  /**
   * Looks whether it is still the file that was planned: so all that was read before
   * is, too.
   *
   * @throws {Error} If not.
   */
  check(): void {
    const { path, size, time, number, mayGrow } = this.#planned;
    const now = this.#files.fstatSync(this.#file);
    if (
      now.ino === number &&
      (mayGrow ? now.size >= size : now.size === size && now.mtimeMs === time)
    ) return;
    throw new Error(
      `Cannot read file "${path}" as it must be as when it was planned: expected ${
        described(size, time, number)
      }, received ${described(now.size, now.mtimeMs, now.ino)}`,
    );
  }

  close(): void {
    this.#files.closeSync(this.#file);
  }
}

function described(size: number, time: number, number: number): string {
  return `file ${number} of ${size} bytes, written ${
    new Date(time).toISOString()
  }`;
}
