/**
 * Recorded machines: those of hwloc's tests, as archives in a folder beside
 * the repository that not everybody has, and made-up ones, as texts in
 * `tests/fixtures/machines/`.
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseCpuList, Topology } from "../../topology/mod.ts";
import { readRecord } from "../../topology/read_record.ts";

import { filesOf } from "./machine_text.ts";
import { type HwlocView, summaryOfView } from "./machine_summary.ts";

const RECORDED = path("../../../shared/recorded/");
const FIXTURES = path("../fixtures/machines/");
const ARCHIVE = ".tar.xz";

/** What nobody reads here: to write so many files takes longer than the rest. */
const UNREAD = [
  "device-tree",
  "number_of_sets",
  "physical_line_partition",
  "ways_of_associativity",
].map((name) => `--exclude=${name}`);

/** The recordings that can be unpacked here; none where folder or tools are missing. */
export const RECORDED_MACHINES: readonly string[] = canUnpack()
  ? namesIn(RECORDED, ARCHIVE)
  : [];

/** Why there are no recordings, for the names of ignored tests. */
export const NEEDS_RECORDINGS =
  "(needs ../shared/recorded/ beside the repository, tar and xz)";

/** The made-up machines. */
export const FIXTURE_MACHINES: readonly string[] = namesIn(FIXTURES, ".txt");

/** Unpacks a recording for as long as `use` runs. */
export function withRecording<T>(name: string, use: (root: string) => T): T {
  return withFolder((folder) => {
    const { code, stderr } = new Deno.Command("tar", {
      args: ["-xJf", join(RECORDED, name + ARCHIVE), "-C", folder, ...UNREAD],
    }).outputSync();
    if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
    return use(join(folder, name));
  });
}

function withFolder<T>(use: (folder: string) => T): T {
  const folder = Deno.makeTempDirSync();
  try {
    return use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Writes a made-up machine into a folder for as long as `use` runs. */
export function withFixture<T>(name: string, use: (root: string) => T): T {
  return withFolder((root) => {
    for (const [file, content] of filesOfFixture(name)) {
      Deno.mkdirSync(dirname(root + file), { recursive: true });
      Deno.writeTextFileSync(root + file, content);
    }
    return use(root);
  });
}

/** A made-up machine. */
export function readFixture(name: string): Topology {
  const record = readRecord(filesOf(Object.fromEntries(filesOfFixture(name))), {
    source: "a made-up machine",
    notes: [],
    affinity: undefined,
    numa: undefined,
  });
  return new Topology(record!);
}

/** What hwloc makes of a recording. */
export function hwlocSummary(name: string): string[] {
  const text = Deno.readTextFileSync(join(RECORDED, `expected/${name}.json`));
  const { allowedView, wholeView } = JSON.parse(text);
  const view: HwlocView = typeof wholeView === "string"
    ? allowedView
    : wholeView;
  return summaryOfView(view);
}

/** What hwloc makes of a made-up machine. */
export function fixtureSummary(name: string): string[] {
  const file = join(FIXTURES, `expected/${name}`);
  return Deno.readTextFileSync(file).trimEnd().split("\n");
}

/**
 * The files of a made-up machine. Each line of the fixture is a path, a colon
 * and the content; lines of content that are several follow, indented. Braces
 * in a path hold a kernel list: the files of all those ids are the same.
 */
function filesOfFixture(name: string): Map<string, string> {
  const text = Deno.readTextFileSync(join(FIXTURES, `${name}.txt`));
  const files = new Map<string, string>();
  for (
    const [, pattern, content] of text.matchAll(/^(\/.*?):(.*(?:\n\t.*)*)/gm)
  ) {
    const lines = content!.replace(/^\n\t|^ /, "").replaceAll("\n\t", "\n");
    for (const each of expanded(pattern!)) files.set(each, `${lines}\n`);
  }
  return files;
}

function expanded(pattern: string): string[] {
  const match = /^(.*?)\{([^}]*)\}(.*)$/.exec(pattern);
  if (match === null) return [pattern];
  const [, before, ids, after] = match;
  return parseCpuList(ids!)
    .flatMap((id) => expanded(after!).map((rest) => `${before}${id}${rest}`));
}

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

function namesIn(folder: string, ending: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map((entry) => entry.name)
      .filter((name) => name.endsWith(ending))
      .map((name) => name.slice(0, -ending.length)).sort();
  } catch {
    return [];
  }
}

function canUnpack(): boolean {
  try {
    return new Deno.Command("xz", { args: ["--version"], stdout: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}
