/**
 * Library code with a mistake in it, to see that a model test would find it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

const ROOT = new URL("../../../", import.meta.url);

/** A change to a source text: what is there, and what stands there instead. */
export type Edit = readonly [from: string, to: string];

/**
 * Imports a module of the repository with changes to its text. What that imports
 * is the original, and so the same as in the model.
 *
 * @param path Of the module, from the repository's folder.
 * @param edits Each `from` must occur in the text exactly once, so that a mutant
 * cannot become the original unnoticed when the module changes.
 * @typeParam M `typeof import("…")` of the module.
 */
export async function mutant<M>(
  path: string,
  edits: readonly Edit[],
): Promise<M> {
  const url = new URL(path, ROOT);
  let text = await Deno.readTextFile(url);
  for (const [from, to] of edits) {
    const parts = text.split(from);
    assertEquals(parts.length, 2, `${path} must have once: ${from}`);
    text = parts.join(to);
  }
  // Relative specifiers would be searched beside the mutant.
  text = text.replaceAll(
    /^((?:import|export) .*|\} )from "(\.[^"]+)";$/gm,
    (_, start, specifier) => `${start}from "${new URL(specifier, url)}";`,
  );
  const folder = await Deno.makeTempDir({ prefix: "mutant_" });
  try {
    const file = `${folder}/${path.replaceAll("/", "_")}`;
    await Deno.writeTextFile(file, text);
    return await import(new URL(`file://${file}`).href);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
