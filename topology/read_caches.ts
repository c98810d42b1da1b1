/**
 * Caches, from `/sys/devices/system/cpu/cpu<id>/cache`.
 *
 * @module
 */

import type { CacheType } from "./hardware.ts";
import type { MachineFiles } from "./machine_files.ts";
import type { CacheRecord } from "./machine_record.ts";
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

/** Reads the caches of the given processors, by level, type and first processor. */
export function readCaches(
  files: MachineFiles,
  online: readonly number[],
): CacheRecord[] {
  const caches: CacheRecord[] = [];
  /** Which caches were seen already: their files repeat for each sharer. */
  const seen = new Set<string>();
  const runs = new Set(online);
  for (const id of online) {
    for (let index = 0; index < MOST_CACHES; index++) {
      const folder = `${CPU_FOLDER}/cpu${id}/cache/index${index}`;
      const shared = files.list(`${folder}/shared_cpu_list`) ??
        files.map(`${folder}/shared_cpu_map`) ?? [id];
      const key = `${index}/${shared.join()}`;
      if (seen.has(key)) continue;
      const level = files.integer(`${folder}/level`);
      if (level === undefined) break;
      seen.add(key);
      const cache = readCache(files, folder, level);
      if (cache !== undefined) {
        const processors = shared.filter((each) => runs.has(each));
        caches.push({ ...cache, processors });
      }
    }
  }
  return unique(caches).sort((a, b) =>
    a.level - b.level ||
    TYPE_ORDER.indexOf(a.type) - TYPE_ORDER.indexOf(b.type) ||
    a.processors[0]! - b.processors[0]!
  );
}

function readCache(
  files: MachineFiles,
  folder: string,
  level: number,
): Omit<CacheRecord, "processors"> | undefined {
  const type = TYPES[files.text(`${folder}/type`) ?? ""];
  if (type === undefined) return undefined;
  return {
    level,
    type,
    size: parseSize(files.text(`${folder}/size`)),
    line: files.id(`${folder}/coherency_line_size`) ?? null,
  };
}

/** On hybrid machines one cache may have different places in the folders of its sharers. */
function unique(caches: readonly CacheRecord[]): CacheRecord[] {
  const keyOf = (cache: CacheRecord): string =>
    `${cache.level}/${cache.type}/${cache.processors.join()}`;
  return [...new Map(caches.map((each) => [keyOf(each), each])).values()]
    .filter((cache) => cache.processors.length > 0);
}

/** `32K` in bytes. */
function parseSize(text: string | undefined): number | null {
  const match = /^(\d+)([KMG]?)$/.exec(text ?? "");
  if (match === null) return null;
  return Number(match[1]) * UNITS[match[2]!]! || null;
}
