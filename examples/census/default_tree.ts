/**
 * What is counted by default: text that everybody has who can run this.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** This repository, and Deno's type declarations in a folder that goes away with it. */
export class DefaultTree implements AsyncDisposable {
  /** What to count. */
  readonly paths: readonly string[];
  readonly #folder: string;

  private constructor(folder: string) {
    const repository = new URL("../../", import.meta.url);
    this.#folder = folder;
    this.paths = repository.protocol === "file:"
      ? [fileURLToPath(repository), folder]
      : [folder];
  }

  /**
   * Writes what `deno types` prints to a temporary folder.
   *
   * @throws What the signal was aborted with.
   */
  static async make(signal: AbortSignal): Promise<DefaultTree> {
    const tree = new DefaultTree(
      await Deno.makeTempDir({ prefix: "kindred-census-" }),
    );
    try {
      const { success, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["types"],
        stderr: "null",
        signal,
      }).output();
      signal.throwIfAborted();
      if (success) await Deno.writeFile(`${tree.#folder}/deno.d.ts`, stdout);
      return tree;
    } catch (error) {
      await tree[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Removes the temporary folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}
