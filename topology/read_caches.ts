/**
 * Caches, from `/sys/devices/system/cpu/cpu<id>/cache`.
 *
 * @module
 */

import type { CacheType } from "./hardware.ts";
import type { MachineFiles } from "./machine_files.ts";
import type { CacheRecord, GroupRecord } from "./machine_record.ts";
import { parseCpuMap } from "./cpu_map.ts";
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
  const runs = new Set(online);
  for (const { folder, id, sharers } of cacheFolders(files, online)) {
    // Some firmware names nobody: then it is the core that has the cache.
    const members = sharers.length > 0 ? sharers : coreOf(id, cores);
    const processors = members.filter((each) => runs.has(each));
    // The first sharer tells of the cache, and settles it where others differ.
    if (processors[0] !== id) continue;
    const cache = readCache(files, folder);
    if (cache !== undefined) caches.push({ ...cache, processors });
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
): Generator<{ folder: string; id: number; sharers: readonly number[] }> {
  /** Their files repeat for each sharer. */
  const seen = new Set<string>();
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
      if (seen.has(key)) continue;
      const sharers = name === "list" ? files.parse(text) : parseCpuMap(text);
      if (sharers === undefined) continue;
      if (sharers.length > 0) seen.add(key);
      yield { folder, id, sharers };
    }
  }
}

function coreOf(id: number, cores: readonly GroupRecord[]): readonly number[] {
  return cores.find((core) => core.processors.includes(id))?.processors ?? [id];
}

function readCache(
  files: MachineFiles,
  folder: string,
): Omit<CacheRecord, "processors"> | undefined {
  const level = files.integer(`${folder}/level`);
  return level === undefined ? undefined : {
    level,
    type: TYPES[files.text(`${folder}/type`) ?? ""] ?? "unified",
    size: parseSize(files.text(`${folder}/size`)),
    line: files.id(`${folder}/coherency_line_size`) || null,
  };
}

/** `32K` in bytes. */
function parseSize(text: string | undefined): number | null {
  const match = /^(\d+)([KMG]?)$/.exec(text ?? "");
  if (match === null) return null;
  return Number(match[1]) * UNITS[match[2]!]! || null;
}
