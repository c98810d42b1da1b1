/**
 * Saying that something has to be imported before a value can be read.
 *
 * @module
 */

import { type ExportedAt, importFrom } from "./module_exports.ts";

/**
 * A value cannot be read yet: a class or a function of it is in a module that this
 * thread has not imported.
 *
 * Calls, their results and streams wait until that is done. Whoever reads without
 * waiting gets this error: the one who receives from a channel, as the cause of a
 * `MessageDecodeError`, or blocks for a result. Import the modules before.
 *
 * @example Usage
 * ```ts
 * import { MissingExportsError } from "@kindred/kindred/codec";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const at = { url: "file:///app/point.ts", name: "Point" };
 * const error = new MissingExportsError([at]);
 * assertStringIncludes(error.message, "'Point' of file:///app/point.ts");
 * ```
 */
export class MissingExportsError extends Error {
  /** The name of the class. */
  override readonly name = "MissingExportsError";
  /** What has to be imported, and from where. */
  readonly exports: readonly ExportedAt[];

  /** Says what is missing. */
  constructor(exports: readonly ExportedAt[]) {
    const all = exports.map(({ url, name }) => `'${name}' of ${url}`);
    super(
      `Cannot read value as this thread has not imported what it needs: import ${
        all.join(", ")
      } before`,
    );
    this.exports = exports;
  }

  /**
   * Imports all of it.
   *
   * @throws {TypeError} If a module does not export it.
   * @throws What a module throws when it is imported.
   */
  async import(): Promise<void> {
    for (const at of this.exports) await importFrom(at);
  }
}
