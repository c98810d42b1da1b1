/** Starts a runtime on two nodes where the system refuses to place memory. */

import { Runtime, topology } from "../../mod.ts";
import { refuseMemoryPlacement } from "../ffi/seccomp.ts";

/** What the program saw. */
export interface RefusedRuntime {
  readonly nodes: number;
  readonly workers: readonly {
    readonly pinned: boolean;
    readonly placementFailure: string | null;
  }[];
  readonly text: string;
}

refuseMemoryPlacement();
const { allowed, nodes } = topology();
const processors = nodes.map((node) => allowed.intersect(node.processors))
  .filter(({ size }) => size > 0)
  .map(({ first }) => first!.id);
await using runtime = await Runtime.start({ processors });
const report = runtime.report();
const refused: RefusedRuntime = {
  nodes: nodes.length,
  workers: report.workers.map(({ pinned, placementFailure = null }) => ({
    pinned,
    placementFailure,
  })),
  text: String(report),
};
console.log(JSON.stringify(refused));
