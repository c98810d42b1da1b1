/**
 * Efficiency classes of hybrid machines.
 *
 * @module
 */

import { ascending } from "./cpu_list.ts";
import type { MachineFiles } from "./machine_files.ts";
import { CPU_FOLDER } from "./read_processors.ts";

/** Intel's kinds of core, the slowest first. */
const INTEL_FOLDERS = ["cpu_lowpower", "cpu_atom", "cpu_core"];

/**
 * What tells how fast a processor is, in order of trust: the scheduler's own
 * measure, the firmware's, the frequency without boost.
 */
const MEASURES = [
  "cpu_capacity",
  "acpi_cppc/nominal_perf",
  "cpufreq/base_frequency",
];

/**
 * The maximal frequency puts kinds that are known in order, but makes none: on
 * many machines it differs between equal cores.
 */
const ORDERS = [...MEASURES, "cpufreq/cpuinfo_max_freq"];

/** Equal cores differ in speed by a few hundredths, different ones by more than this. */
const TOLERANCE = 1.1;

/** Processors of one design. */
type Kind = readonly number[];

/** The classes of the online processors, the slowest first; one class where all are alike. */
export function readClasses(
  files: MachineFiles,
  online: readonly number[],
): number[][] {
  const intel = intelKinds(files, online);
  const kinds = intel ?? armKinds(files, online) ?? [online];
  const classes = MEASURES.map((name) => readSpeeds(files, online, name))
    .map((speeds) => kinds.flatMap((kind) => divided(kind, speeds)))
    .find((each) => each.length > kinds.length) ?? kinds;
  const ordered = intel === undefined ? inOrder(files, classes) : classes;
  return (ordered ?? [online]).map((ids) => [...ids]);
}

/** The kinds in the order of their speed; `undefined` where nothing tells it. */
function inOrder(
  files: MachineFiles,
  classes: readonly Kind[],
): Kind[] | undefined {
  if (classes.length < 2) return undefined;
  const first = classes.map((ids) => ids[0]!);
  const speeds = ORDERS.map((name) => readSpeeds(files, first, name))
    .find((each) => each !== undefined && new Set(each.values()).size > 1);
  const speedOf = (ids: Kind): number => speeds!.get(ids[0]!)!;
  return speeds && classes.toSorted((a, b) => speedOf(a) - speedOf(b));
}

/** The kinds that Intel's drivers name, the slowest first. */
function intelKinds(
  files: MachineFiles,
  online: readonly number[],
): Kind[] | undefined {
  const running = new Set(online);
  const kinds = INTEL_FOLDERS
    .map((folder) => files.list(`/sys/devices/${folder}/cpus`) ?? [])
    .map((ids) => ids.filter((id) => running.has(id)))
    .filter((ids) => ids.length > 0);
  const members = kinds.reduce((sum, ids) => sum + ids.length, 0);
  return kinds.length > 1 && members === online.length ? kinds : undefined;
}

/** Arm's kinds, by implementer and part of the main id register. */
function armKinds(
  files: MachineFiles,
  online: readonly number[],
): Kind[] | undefined {
  const designs = new Map<number, string>();
  for (const id of online) {
    const path = `${CPU_FOLDER}/cpu${id}/regs/identification/midr_el1`;
    const match = /^0x[0-9a-f]*([0-9a-f]{8})$/i.exec(files.text(path) ?? "");
    if (match === null) return undefined;
    // Implementer (8 bits), variant and architecture (4 each), part (12), revision (4).
    const register = match[1]!;
    designs.set(id, register.slice(0, 2) + register.slice(4, 7));
  }
  return [...Map.groupBy(online, (id) => designs.get(id)).values()];
}

/** One kind in classes of about one speed, the slowest first. */
function divided(
  kind: Kind,
  speeds: ReadonlyMap<number, number> | undefined,
): number[][] {
  if (speeds === undefined) return [[...kind]];
  const classes: number[][] = [];
  let slowest = 0;
  const bySpeed = [...Map.groupBy(kind, (id) => speeds.get(id)!)]
    .sort(([a], [b]) => a - b);
  for (const [speed, ids] of bySpeed) {
    if (classes.length > 0 && speed <= slowest * TOLERANCE) {
      classes.at(-1)!.push(...ids);
    } else {
      classes.push([...ids]);
      slowest = speed;
    }
  }
  return classes.map((ids) => ids.sort(ascending));
}

/** A number that each of the processors has; `undefined` where one has none. */
function readSpeeds(
  files: MachineFiles,
  processors: readonly number[],
  name: string,
): Map<number, number> | undefined {
  const speeds = new Map<number, number>();
  for (const id of processors) {
    const value = files.integer(`${CPU_FOLDER}/cpu${id}/${name}`);
    if (value === undefined || value <= 0) return undefined;
    speeds.set(id, value);
  }
  return speeds;
}
