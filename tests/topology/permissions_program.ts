/** Detects the topology and pins itself with the permissions that it is run with. */

import {
  currentAffinity,
  currentProcessor,
  pinThread,
  topology,
} from "../../topology/mod.ts";

function pin(): string {
  try {
    using _pin = pinThread(topology().allowed.take(1));
    const pinned = currentAffinity()?.length === 1;
    const there = topology().allowed.ids[0] === currentProcessor();
    return pinned && there ? "pinned" : "not pinned";
  } catch (error) {
    return error instanceof Error ? error.name : "not an error";
  }
}

const machine = topology();
const report = {
  source: machine.source,
  notes: machine.notes.join("\n"),
  processors: machine.online.size,
  pinned: pin(),
};
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(report)));
