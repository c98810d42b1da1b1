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
 * is the original, and so the same as in the model, unless there are edits to it
 * too.
 *
 * @param path Of the module, from the repository's folder.
 * @param edits Each `from` must occur in the text exactly once, so that a mutant
 * cannot become the original unnoticed when the module changes.
 * @param imported Edits to modules that it imports, by their paths; one that
 * imports another of them comes after that.
 * @typeParam M `typeof import("…")` of the module.
 */
export async function mutant<M>(
  path: string,
  edits: readonly Edit[],
  imported: Readonly<Record<string, readonly Edit[]>> = {},
): Promise<M> {
  const folder = await Deno.makeTempDir({ prefix: "mutant_" });
  try {
    const known = new Map<string, URL>();
    for (const [other, changes] of Object.entries(imported)) {
      const url = await write(folder, other, changes, known);
      known.set(new URL(other, ROOT).href, url);
    }
    const url = await write(folder, path, edits, known);
    return await import(url.href);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes the changed text; relative specifiers would be searched beside it. */
async function write(
  folder: string,
  path: string,
  edits: readonly Edit[],
  known: ReadonlyMap<string, URL>,
): Promise<URL> {
  const url = new URL(path, ROOT);
  let text = await Deno.readTextFile(url);
  for (const [from, to] of edits) {
    const parts = text.split(from);
    assertEquals(parts.length, 2, `${path} must have once: ${from}`);
    text = parts.join(to);
  }
  text = text.replaceAll(
    /^((?:import|export) .*|\} )from "(\.[^"]+)";$/gm,
    (_, start: string, specifier: string) => {
      const original = new URL(specifier, url).href;
      return `${start}from "${known.get(original) ?? original}";`;
    },
  );
  const file = `${folder}/${path.replaceAll("/", "_")}`;
  await Deno.writeTextFile(file, text);
  return new URL(`file://${file}`);
}
