/**
 * Caches, from `/sys/devices/system/cpu/cpu<id>/cache`.
 *
 * @module
 */

import type { CacheType } from "./hardware.ts";
import type { MachineFiles } from "./machine_files.ts";
import type { CacheRecord, GroupRecord } from "./machine_record.ts";
import { CPU_FOLDER } from "./read_processors.ts";

/** More than any processor has. */
const MOST_CACHES = 16;

const TYPES: Readonly<Record<string, CacheType>> = {
  Data: "data",
  Instruction: "instruction",
  Unified: "unified",
};

const TYPE_ORDER: readonly CacheType[] = ["data", "instruction", "unified"];

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
};

/** A folder of a cache, as the first processor shows it that names these sharers. */
interface CacheFolder {
  readonly folder: string;
  /** The processor. */
  readonly id: number;
  /** Which of the processor's caches it is. */
  readonly index: number;
  readonly sharers: readonly number[];
}

/** What is the same for caches that are built alike. */
type CacheKind = Omit<CacheRecord, "processors">;

/**
 * Reads the caches of the given processors, by level, type and first
 * processor. A cache that does not tell who shares it is left out: it could be
 * anybody.
 */
export function readCaches(
  files: MachineFiles,
  online: readonly number[],
  cores: readonly GroupRecord[],
): CacheRecord[] {
  const caches: CacheRecord[] = [];
  const coreOf = new Map(
    cores.flatMap(({ processors }) => processors.map((id) => [id, processors])),
  );
  const runs = new Set(online);
  const kinds = new Map<string, CacheKind | undefined>();
  for (const each of cacheFolders(files, online, coreOf)) {
    const { folder, id, index, sharers } = each;
    // Some firmware names nobody: then it is the core that has the cache.
    const members = sharers.length > 0 ? sharers : coreOf.get(id) ?? [id];
    const processors = members.filter((each) => runs.has(each));
    // The first sharer tells of the cache, and settles it where others differ.
    if (processors[0] !== id) continue;
    const size = files.text(`${folder}/size`);
    // Where as many share one of the same size, the rest is the same, too.
    const alike = `${index} ${size} ${sharers.length}`;
    if (!kinds.has(alike)) kinds.set(alike, readKind(files, folder, size));
    const kind = kinds.get(alike);
    if (kind !== undefined) caches.push({ ...kind, processors });
  }
  return caches.sort((a, b) =>
    a.level - b.level ||
    TYPE_ORDER.indexOf(a.type) - TYPE_ORDER.indexOf(b.type) ||
    a.processors[0]! - b.processors[0]!
  );
}

/** The folders of caches, one of each that names its sharers. */
function* cacheFolders(
  files: MachineFiles,
  online: readonly number[],
  coreOf: ReadonlyMap<number, readonly number[]>,
): Generator<CacheFolder> {
  /** Their files repeat for each sharer. */
  const seen = new Map<string, readonly number[]>();
  /** What this kernel has; to look for absent files takes as long as to read others. */
  let name: "list" | "map" | undefined;
  for (const id of online) {
    for (let index = 0; index < MOST_CACHES; index++) {
      const folder = `${CPU_FOLDER}/cpu${id}/cache/index${index}`;
      const path = `${folder}/shared_cpu_`;
      name ??= (["list", "map"] as const)
        .find((each) => files.text(path + each) !== undefined);
      const text = name && files.text(path + name);
      if (text === undefined) {
        // As long as no cache has told its sharers, the next one may.
        if (name !== undefined) break;
        if (files.text(`${folder}/level`) === undefined) break;
        continue;
      }
      const key = `${index}/${text}`;
      const known = seen.get(key);
      if (known !== undefined) {
        // Who shares the first cache of a core shares the larger ones.
        const core = coreOf.get(id) ?? [];
        if (index === 0 && known.every((each) => core.includes(each))) break;
        continue;
      }
      const sharers = name === "list"
        ? files.parse(text)
        : files.parseMap(text);
      if (sharers === undefined) continue;
      if (sharers.length > 0) seen.set(key, sharers);
      yield { folder, id, index, sharers };
    }
  }
}

function readKind(
  files: MachineFiles,
  folder: string,
  size: string | undefined,
): CacheKind | undefined {
  const level = files.integer(`${folder}/level`);
  if (level === undefined) return undefined;
  // What Xeon Phis call their third level is fast memory, of size 0 here.
  if (level === 3 && parseInt(size ?? "") === 0 && isXeonPhi(files)) {
    return undefined;
  }
  return {
    level,
    type: TYPES[files.text(`${folder}/type`) ?? ""] ?? "unified",
    size: parseSize(size),
    line: files.id(`${folder}/coherency_line_size`) || null,
  };
}

/** By the models of its two generations that run an operating system. */
function isXeonPhi(files: MachineFiles): boolean {
  const text = files.text("/proc/cpuinfo") ?? "";
  return text.includes("GenuineIntel") &&
    /^cpu family\s*:\s*6$/m.test(text) && /^model\s*:\s*(87|133)$/m.test(text);
}

/** `32K` in bytes. */
function parseSize(text: string | undefined): number | null {
  const match = /^(\d+)([KMG]?)$/.exec(text ?? "");
  if (match === null) return null;
  return Number(match[1]) * UNITS[match[2]!]! || null;
}
