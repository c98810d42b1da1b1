/**
 * Where processors are, from the folder `topology/` of each.
 *
 * @module
 */

import type { MachineFiles } from "./machine_files.ts";

/** What `topology/` says of one processor. */
export interface Place {
  readonly processor: number;
  readonly core: number | undefined;
  readonly die: number | undefined;
  readonly package: number | undefined;
  /** The book and drawer of a mainframe; empty elsewhere. */
  readonly shelf: string;
  /** The processors of the same core, as the kernel writes them. */
  readonly threads: string | undefined;
  /** The processors of the same package, as the kernel writes them. */
  readonly neighbours: string | undefined;
}

/** The names of the processors of a core, the newest kernels' first. */
const THREADS = [
  "core_cpus_list",
  "thread_siblings_list",
  "core_cpus",
  "thread_siblings",
];

/** The names of the processors of a package, the newest kernels' first. */
const NEIGHBOURS = [
  "package_cpus_list",
  "core_siblings_list",
  "package_cpus",
  "core_siblings",
];

/** What one kernel calls the files, the same for every processor. */
interface FileNames {
  readonly threads: string | undefined;
  readonly neighbours: string | undefined;
  readonly die: boolean;
  readonly shelf: readonly string[];
}

/** The places of those of the processors that have one. */
export function readPlaces(
  files: MachineFiles,
  cpuFolder: string,
  processors: readonly number[],
): Place[] {
  // To look for absent files takes as long as to read present ones.
  let names: FileNames | undefined;
  /** By processor, the place of the sibling that was read before it. */
  const siblings = new Map<number, Place>();
  /** By processor, the place of the first one that was read in its package. */
  const housemates = new Map<number, Place>();
  return processors.flatMap((processor) => {
    const folder = `${cpuFolder}/cpu${processor}/topology`;
    const core = files.id(`${folder}/core_id`);
    // The rest is the same all over a core. (The siblings of AMD's modules have
    // ids of their own: they are two cores.)
    const sibling = siblings.get(processor);
    if (core !== undefined && core === sibling?.core) {
      return [{ ...sibling, processor }];
    }
    const id = files.id(`${folder}/physical_package_id`);
    names ??= namesIn(files, folder);
    const threads = names.threads && files.text(`${folder}/${names.threads}`);
    if (core === undefined && id === undefined && threads === undefined) {
      if (names.threads === undefined) names = undefined;
      return [];
    }
    const housemate = housemates.get(processor);
    const known = housemate !== undefined && housemate.package === id;
    const place: Place = {
      processor,
      core,
      package: id,
      threads,
      die: names.die ? files.id(`${folder}/die_id`) : undefined,
      shelf: names.shelf.map((name) => files.id(`${folder}/${name}`)).join(),
      neighbours: known
        ? housemate.neighbours
        : names.neighbours && files.text(`${folder}/${names.neighbours}`),
    };
    for (const each of idsIn(files, threads, names.threads)) {
      siblings.set(each, place);
    }
    if (!known) {
      for (const each of idsIn(files, place.neighbours, names.neighbours)) {
        housemates.set(each, place);
      }
    }
    return [place];
  });
}

/** The ids in the text of a file of this name. */
function idsIn(
  files: MachineFiles,
  text: string | undefined,
  name: string | undefined,
): readonly number[] {
  if (text === undefined || name === undefined) return [];
  return (name.endsWith("_list") ? files.parse(text) : files.parseMap(text)) ??
    [];
}

function namesIn(files: MachineFiles, folder: string): FileNames {
  const has = (name: string): boolean =>
    files.text(`${folder}/${name}`) !== undefined;
  return {
    threads: THREADS.find(has),
    neighbours: NEIGHBOURS.find(has),
    die: has("die_id"),
    shelf: ["drawer_id", "book_id"].filter(has),
  };
}
