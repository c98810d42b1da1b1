/**
 * The machine that the program runs on.
 *
 * @module
 */

import {
  denoNamespace,
  type MissingPart,
  type Platform,
  platform,
} from "../ffi/mod.ts";
import { ascending } from "./cpu_list.ts";
import { denoFiles } from "./deno_files.ts";
import { MachineFiles } from "./machine_files.ts";
import type { MachineRecord } from "./machine_record.ts";
import { readRecord } from "./read_record.ts";
import { Topology } from "./topology.ts";

/** Options of {@linkcode topology}. */
export interface TopologyOptions {
  /** Whether to look again: after a processor was switched, a limit changed or a permission granted. */
  readonly refresh?: boolean;
}

/** Each thread has its own instance of this module, so this is one per thread. */
let known: Topology | undefined;

/**
 * The hardware of the machine that the program runs on.
 *
 * It is read once per thread, from the best source that permissions allow:
 * libnuma and the files of `/sys` and `/proc` through the C library
 * (`--allow-ffi`), those files through Deno (`--allow-all`), or else no more
 * than the number of processors. It never asks for a permission: what is
 * missing, and which flag would give it, is in {@linkcode Topology.notes}.
 *
 * @example Usage
 * ```ts
 * import { topology } from "@kindred/kindred/topology";
 * import { assert } from "@std/assert";
 *
 * const machine = topology();
 * assert(machine.allowed.size >= 1);
 * assert(machine.nodes.length >= 1);
 * ```
 *
 * @param options Whether to read it again.
 * @returns The topology, the same object until it is read again.
 */
export function topology(options: TopologyOptions = {}): Topology {
  if (known === undefined || options.refresh === true) {
    known = new Topology(detectMachine(platform(options)));
  }
  return known;
}

/** The machine, as far as a platform and this runtime's permissions show it. */
export function detectMachine(system: Platform): MachineRecord {
  const notes = system.missing.map(noteOf);
  const affinity = system.affinity();
  if (affinity !== undefined) {
    const files = new MachineFiles(
      (path) => system.readFile(path),
      (folder) => system.namesIn(folder),
    );
    const through = `/sys and /proc through ${system.source}`;
    const { numa } = system;
    const source = numa === undefined ? through : `${numa.path}, ${through}`;
    return readRecord(files, { source, notes, affinity, numa }) ??
      countedRecord(affinity, `affinity through ${system.source}`, [
        ...notes,
        "Cores, nodes and caches are unknown: /sys shows no processors.",
      ]);
  }
  const deno = denoNamespace();
  const record = deno === undefined || !hasEveryPermission(deno)
    ? undefined
    : readRecord(denoFiles(deno, ""), {
      source: "/sys and /proc through Deno",
      notes,
      affinity,
      numa: undefined,
    });
  return record ?? guessedRecord(notes);
}

/** Deno reads `/sys` and `/proc` only where nothing at all is denied. */
function hasEveryPermission(deno: typeof Deno): boolean {
  const names = [
    "read",
    "write",
    "net",
    "env",
    "sys",
    "run",
    "ffi",
    "import",
  ] as const;
  return names.every((name) => {
    const status = deno.permissions.querySync({ name });
    return status.state === "granted" && status.partial !== true;
  });
}

/** The number of processors is all that every JavaScript engine tells. */
function guessedRecord(notes: readonly string[]): MachineRecord {
  const count = globalThis.navigator?.hardwareConcurrency ?? 1;
  const ids = Array.from({ length: Math.max(1, count) }, (_, id) => id);
  return countedRecord(ids, "navigator.hardwareConcurrency", [
    ...notes,
    "Processor ids are counted up, and cores, nodes and caches are unknown.",
  ]);
}

/** A machine of which no more is known than its processors. */
function countedRecord(
  ids: readonly number[],
  source: string,
  notes: readonly string[],
): MachineRecord {
  const all = [...ids].sort(ascending);
  return {
    source,
    notes,
    present: all,
    online: all,
    allowed: all,
    isolated: [],
    cores: [],
    dies: [],
    packages: [],
    nodes: [
      { id: 0, processors: all, nearest: all, memory: null, free: null },
    ],
    allowedNodes: [0],
    caches: [],
    distances: null,
    quota: null,
    classes: [all],
  };
}

function noteOf({ what, why, grant }: MissingPart): string {
  const remedy = grant === undefined ? "" : ` (${grant} would give it)`;
  return `No ${what}: ${why}${remedy}.`;
}
