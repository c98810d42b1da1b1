/**
 * Checks what `deno publish` would publish, which Deno itself does not: that
 * every module which the library loads by URL is among the files, that every
 * export exists, and that no folder of the library was left out.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { libraryFolders, ROOT } from "./repository.ts";

/** What {@linkcode findFaults} looks at. Paths are relative to the root. */
export interface Publication {
  /** The files that would be published. */
  files: readonly string[];
  /** The exports of `deno.json`. */
  exports: Readonly<Record<string, string>>;
  /** The folders of the library. */
  folders: readonly string[];
  /** The text of each published TypeScript file. */
  sources: ReadonlyMap<string, string>;
}

/** What is wrong with a publication, a line each. */
export function findFaults(publication: Publication): string[] {
  const { exports, folders, sources } = publication;
  const files = new Set(publication.files);
  const faults: string[] = [];
  for (const [name, target] of Object.entries(exports)) {
    if (!files.has(target.replace(/^\.\//, ""))) {
      faults.push(`Export "${name}" names ${target}, which is not published`);
    }
  }
  for (const folder of folders) {
    if (!publication.files.some((file) => file.startsWith(`${folder}/`))) {
      faults.push(`Nothing in ${folder}/ is published: see publish.include`);
    }
  }
  for (const [file, text] of sources) {
    for (const specifier of loadedByUrl(text)) {
      const target = new URL(specifier, `file:///${file}`).pathname.slice(1);
      if (!files.has(target)) {
        faults.push(`${file} loads "${specifier}", which is not published`);
      }
    }
  }
  return faults;
}

/** The relative specifiers that a module makes URLs of, comments left out. */
export function loadedByUrl(source: string): string[] {
  const code = source.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\/\*[\s\S]*?\*\/|\/\/.*/g,
    (_, text: string | undefined) => text ?? "",
  );
  const loads =
    /\bnew\s+URL\(\s*["'](\.[^"']*)["'],\s*import\.meta\.url|\bimport\.meta\.resolve\(\s*["'](\.[^"']*)["']/g;
  return [...code.matchAll(loads)].map(([, url, resolved]) =>
    url ?? resolved ?? ""
  );
}

/** The files that a dry run of `deno publish` lists, relative to the root. */
export function publishedFiles(output: string): string[] {
  const urls = [...output.matchAll(/^\s+(file:\/\/\S+) \([\d.]+\w+\)$/gm)]
    .map(([, url]) => url ?? "");
  // The package's own deno.json is always among them and gives the root away.
  const root = urls
    .filter((url) => url.endsWith("/deno.json"))
    .map((url) => url.slice(0, -"deno.json".length))
    .sort((a, b) => a.length - b.length)
    .at(0);
  if (root === undefined) return [];
  return urls
    .filter((url) => url.startsWith(root))
    .map((url) => decodeURIComponent(url.slice(root.length)));
}

/** Publishes nothing, but lists what would be published. */
async function dryRun(): Promise<{ code: number; output: string }> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "inherit",
  }).output();
  return { code, output: new TextDecoder().decode(stderr) };
}

async function main(): Promise<number> {
  const { code, output } = await dryRun();
  console.error(output.trimEnd());
  if (code !== 0) return code;

  const files = publishedFiles(output);
  const sources = new Map(
    files.filter((file) => file.endsWith(".ts")).map((file) => [
      file,
      readFileSync(ROOT + file, "utf8"),
    ]),
  );
  const { exports } = JSON.parse(readFileSync(`${ROOT}deno.json`, "utf8"));
  const faults = findFaults({
    files,
    exports,
    folders: libraryFolders(),
    sources,
  });
  for (const fault of faults) console.error(fault);
  return faults.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
