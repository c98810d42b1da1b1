/**
 * Processors, cores, dies and packages, from `/sys/devices/system/cpu`.
 *
 * @see {@link https://docs.kernel.org/admin-guide/cputopology.html}
 *
 * @module
 */

import type { MachineFiles } from "./machine_files.ts";
import type { GroupRecord } from "./machine_record.ts";
import { type Place, readPlaces } from "./read_places.ts";

/** Where the processors are. */
export const CPU_FOLDER = "/sys/devices/system/cpu";

/** What {@linkcode readProcessors} found. */
export interface ProcessorRecords {
  /** All that are present, ascending. */
  readonly present: readonly number[];
  /** Those that run, ascending. */
  readonly online: readonly number[];
  /** Those that the scheduler leaves alone. */
  readonly isolated: readonly number[];
  readonly cores: readonly GroupRecord[];
  readonly dies: readonly GroupRecord[];
  readonly packages: readonly GroupRecord[];
}

/** Reads the processors; `undefined` where the files do not tell of any. */
export function readProcessors(
  files: MachineFiles,
): ProcessorRecords | undefined {
  const present = readPresent(files);
  if (present.length === 0) return undefined;
  const online = readOnline(files, present);
  const places = readPlaces(files, CPU_FOLDER, online);
  const isolated = new Set(files.list(`${CPU_FOLDER}/isolated`));
  return {
    present,
    online,
    isolated: present.filter((id) => isolated.has(id)),
    cores: grouped(places, coreKey, (place) => place.core),
    dies: [...Map.groupBy(places, packageKey).values()].flatMap(diesOf),
    packages: grouped(places, packageKey, (place) => place.package),
  };
}

function readPresent(files: MachineFiles): readonly number[] {
  const listed = files.list(`${CPU_FOLDER}/present`);
  if (listed !== undefined) return listed;
  // Those of old kernels have folders; many more may be possible.
  const found = files.numbered(CPU_FOLDER, "cpu");
  return found.length > 0 ? found : files.list(`${CPU_FOLDER}/online`) ?? [];
}

function readOnline(
  files: MachineFiles,
  present: readonly number[],
): readonly number[] {
  const listed = files.list(`${CPU_FOLDER}/online`);
  if (listed === undefined || listed.length === 0) {
    return present.filter((id) => isOnline(files, id));
  }
  const running = new Set(listed);
  return present.filter((id) => running.has(id));
}

/** Those that cannot be switched off, as the first one often cannot, have no such file. */
function isOnline(files: MachineFiles, id: number): boolean {
  return files.integer(`${CPU_FOLDER}/cpu${id}/online`) !== 0;
}

/** The dies of one package; none where the package is one die. */
function diesOf(places: readonly Place[]): GroupRecord[] {
  const known = places.filter((place) => place.die !== undefined);
  const dies = grouped(known, (place) => `${place.die}`, ({ die }) => die);
  return dies.length > 1 ? dies : [];
}

/**
 * Package ids repeat in every book and drawer of a mainframe, and in every box
 * of machines that are made of several: the processors that share the package
 * tell it from others, also where the system gives no id.
 */
function packageKey(place: Place): string {
  const { neighbours = "all", package: id, shelf } = place;
  return `${shelf} ${id} of ${neighbours}`;
}

/**
 * A core is a set of siblings with one core id: ids repeat in every die, and
 * the siblings of AMD's modules are two cores with an id each.
 */
function coreKey(place: Place): string {
  const { core, die, processor, threads } = place;
  const alone = core === undefined && threads === undefined ? processor : "";
  return `${packageKey(place)}/${die}/${core}/${threads}/${alone}`;
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
