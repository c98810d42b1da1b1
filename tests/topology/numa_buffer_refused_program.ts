/** Pins itself and places memory where the system refuses the latter. */

import {
  currentAffinity,
  isPinned,
  movePages,
  nodeOf,
  NumaBuffer,
  pinThread,
  topology,
} from "../../topology/mod.ts";
import { bindMemory } from "../../topology/memory_policy.ts";
import { refuseMemoryPlacement } from "../ffi/seccomp.ts";

/** What the program saw. */
export interface RefusedReport {
  readonly notes: readonly string[];
  readonly nodes: number;
  readonly pinned: boolean;
  readonly restored: boolean;
  /** Of a buffer for each node: what became of it, and how many pages more there are on each node since. */
  readonly buffers: readonly {
    readonly node: number;
    readonly placement: string;
    readonly reason: string | undefined;
    readonly zeroed: boolean;
    readonly nodeOf: number | undefined;
    readonly pages: Readonly<Record<string, number>>;
  }[];
  readonly moved: string | undefined;
  readonly bound: string | undefined;
}

/** How many pages each buffer has. */
const PAGES = 4000;

refuseMemoryPlacement();
const before = currentAffinity()!;
const machine = topology();
let pinned = false;
{
  using _pin = pinThread(machine.allowed.take(1));
  pinned = isPinned(machine.allowed.take(1));
}
const buffers = machine.nodes.map(({ id }) => {
  const before = pagesByNode();
  const numa = NumaBuffer.allocate(PAGES * 4096, { node: id });
  const { placement, reason } = numa;
  const after = pagesByNode();
  const pages = Object.fromEntries(
    [...after].map(([node, count]) => [node, count - (before.get(node) ?? 0)]),
  );
  const zeroed = numa.view(Float64Array).every((each) => each === 0);
  return {
    node: id,
    placement,
    reason,
    zeroed,
    nodeOf: nodeOf(numa.buffer),
    pages,
  };
});
const report: RefusedReport = {
  notes: machine.notes,
  nodes: machine.nodes.length,
  pinned,
  restored: `${currentAffinity()}` === `${before}`,
  buffers,
  moved: movePages(new Uint8Array(100_000).fill(1).buffer, machine.nodes[0]!)
    .reason,
  bound: bindMemory(new SharedArrayBuffer(8192, { maxByteLength: 8192 }), 0),
};
console.log(JSON.stringify(report));

/** How many pages of this process are on which node. The kernel tells it without a call. */
function pagesByNode(): Map<number, number> {
  const counts = new Map<number, number>();
  const maps = Deno.readTextFileSync("/proc/self/numa_maps");
  for (const [, node, count] of maps.matchAll(/ N(\d+)=(\d+)/g)) {
    const id = Number(node);
    counts.set(id, (counts.get(id) ?? 0) + Number(count));
  }
  return counts;
}
