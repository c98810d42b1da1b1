/**
 * Processors, cores, dies and packages, from `/sys/devices/system/cpu`.
 *
 * @see {@link https://docs.kernel.org/admin-guide/cputopology.html}
 *
 * @module
 */

import { ascending } from "./cpu_list.ts";
import type { MachineFiles } from "./machine_files.ts";
import type { GroupRecord } from "./machine_record.ts";

/** Where the processors are. */
export const CPU_FOLDER = "/sys/devices/system/cpu";

/** No kernel has more processors. */
const MOST_PROCESSORS = 8192;

/** What {@linkcode readProcessors} found. */
export interface ProcessorRecords {
  /** All that are present, ascending. */
  readonly present: readonly number[];
  /** Those that run, ascending. */
  readonly online: readonly number[];
  readonly cores: readonly GroupRecord[];
  readonly dies: readonly GroupRecord[];
  readonly packages: readonly GroupRecord[];
}

/** What `topology/` says of one processor. */
interface Place {
  readonly processor: number;
  readonly core: number | undefined;
  readonly die: number | undefined;
  readonly package: number | undefined;
  /** The processors of the same core. */
  readonly threads: readonly number[] | undefined;
  /** The processors of the same package. */
  readonly neighbours: readonly number[] | undefined;
}

/** Reads the processors; `undefined` where the files do not tell of any. */
export function readProcessors(
  files: MachineFiles,
): ProcessorRecords | undefined {
  const present = readPresent(files);
  if (present.length === 0) return undefined;
  const listed = files.list(`${CPU_FOLDER}/online`);
  const running = listed && new Set(listed);
  const online = present.filter((id) =>
    running?.has(id) ?? isOnline(files, id)
  );
  const places = online.map((id) => readPlace(files, id));
  const known = places.filter((place) =>
    place.core !== undefined || place.package !== undefined ||
    place.threads !== undefined
  );
  return {
    present,
    online,
    cores: grouped(known, coreKey, (place) => place.core),
    dies: grouped(
      known.filter((place) => place.die !== undefined),
      (place) => `${packageKey(place)}/${place.die}`,
      (place) => place.die,
    ),
    packages: grouped(known, packageKey, (place) => place.package),
  };
}

function readPresent(files: MachineFiles): number[] {
  const listed = files.list(`${CPU_FOLDER}/present`) ??
    files.list(`${CPU_FOLDER}/possible`);
  const online = files.list(`${CPU_FOLDER}/online`);
  if (listed === undefined && online === undefined) {
    return files.probe(
      MOST_PROCESSORS,
      (id) =>
        files.text(`${CPU_FOLDER}/cpu${id}/online`) !== undefined ||
        hasPlace(files, id),
    );
  }
  return [...new Set([...listed ?? [], ...online ?? []])].sort(ascending);
}

/** The first processor often cannot be switched off, and then has no such file. */
function isOnline(files: MachineFiles, id: number): boolean {
  const flag = files.integer(`${CPU_FOLDER}/cpu${id}/online`);
  return flag === undefined ? hasPlace(files, id) : flag === 1;
}

function hasPlace(files: MachineFiles, id: number): boolean {
  return files.text(`${CPU_FOLDER}/cpu${id}/topology/core_id`) !== undefined;
}

function readPlace(files: MachineFiles, id: number): Place {
  const folder = `${CPU_FOLDER}/cpu${id}/topology`;
  return {
    processor: id,
    core: files.id(`${folder}/core_id`),
    die: files.id(`${folder}/die_id`),
    package: files.id(`${folder}/physical_package_id`),
    threads: files.siblings(
      `${folder}/core_cpus`,
      `${folder}/thread_siblings`,
    ),
    neighbours: files.siblings(
      `${folder}/package_cpus`,
      `${folder}/core_siblings`,
    ),
  };
}

/** Where the system gives no package id, the processors that share the package tell it from others. */
function packageKey(place: Place): string {
  return place.package === undefined
    ? `of ${place.neighbours?.join() ?? "all"}`
    : `${place.package}`;
}

/**
 * A core is a set of siblings with one core id: ids repeat in every die, and
 * the siblings of AMD's modules are two cores with an id each.
 */
function coreKey(place: Place): string {
  const die = `${packageKey(place)}/${place.die}`;
  return `${die}/${place.core}/${place.threads?.join() ?? ""}/${
    place.core === undefined && place.threads === undefined
      ? place.processor
      : ""
  }`;
}

function grouped(
  places: readonly Place[],
  keyOf: (place: Place) => string,
  idOf: (place: Place) => number | undefined,
): GroupRecord[] {
  return [...Map.groupBy(places, keyOf).values()].map((members) => ({
    id: idOf(members[0]!) ?? null,
    processors: members.map((member) => member.processor),
  }));
}
