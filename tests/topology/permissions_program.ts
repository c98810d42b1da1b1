/** Detects the topology and pins itself with the permissions that it is run with. */

import {
  allowedProcessors,
  currentProcessor,
  pinThread,
  topology,
} from "../../topology/mod.ts";

/** What the program prints, as JSON. */
export interface PermissionsReport {
  readonly source: string;
  readonly notes: string;
  readonly processors: number;
  readonly cores: number;
  readonly caches: number;
  readonly memory: boolean;
  readonly affinity: boolean;
  readonly pinned: string;
}

function pin(): string {
  try {
    using _pin = pinThread(topology().allowed.take(1));
    const pinned = allowedProcessors()?.length === 1;
    const there = topology().allowed.ids[0] === currentProcessor();
    return pinned && there ? "pinned" : "not pinned";
  } catch (error) {
    return error instanceof Error ? error.name : "not an error";
  }
}

const machine = topology();
const report: PermissionsReport = {
  source: machine.source,
  notes: machine.notes.join("\n"),
  processors: machine.online.size,
  cores: machine.cores.length,
  caches: machine.caches.length,
  memory: machine.nodes.every((node) => node.memory !== undefined),
  affinity: allowedProcessors() !== undefined,
  pinned: pin(),
};
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(report)));
