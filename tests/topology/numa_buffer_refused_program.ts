/** Pins itself and places memory where the system refuses the latter. */

import {
  allowedProcessors,
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
  /** Of a buffer for each node: what became of it, and how many pages of it are on each node. */
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
const before = allowedProcessors()!;
const machine = topology();
let pinned = false;
{
  using _pin = pinThread(machine.allowed.take(1));
  pinned = isPinned(machine.allowed.take(1));
}
const buffers = machine.nodes.map(({ id }) => {
  const before = mappings();
  const numa = NumaBuffer.allocate(PAGES * 4096, { node: id });
  const { placement, reason } = numa;
  const pages = pagesOf(numa.buffer, before);
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
  restored: `${allowedProcessors()}` === `${before}`,
  buffers,
  moved: movePages(new Uint8Array(100_000).fill(1).buffer, machine.nodes[0]!)
    .reason,
  bound: bindMemory(new SharedArrayBuffer(8192, { maxByteLength: 8192 }), 0),
};
console.log(JSON.stringify(report));

/** A mapping of this process: where it starts, and how many of its pages are on which node. */
interface Mapping {
  readonly start: bigint;
  readonly pages: Map<string, number>;
}

/** All mappings, in the order of their addresses. The kernel tells them without a refused call. */
function mappings(): Mapping[] {
  const lines = Deno.readTextFileSync("/proc/self/numa_maps").trim().split(
    "\n",
  );
  return lines.map((line) => ({
    start: BigInt(`0x${line.slice(0, line.indexOf(" "))}`),
    pages: new Map(
      line.matchAll(/ N(\d+)=(\d+)/g).map(([, node, count]) => [
        node!,
        Number(count),
      ]),
    ),
  }));
}

/** How many pages more there are on each node where a buffer is, than were there before it. */
function pagesOf(
  buffer: SharedArrayBuffer,
  before: readonly Mapping[],
): Record<string, number> {
  const pointer = Deno.UnsafePointer.of(new Uint8Array(buffer, 0, 1));
  const address = Deno.UnsafePointer.value(pointer);
  const after = mappings();
  const at = after.findLastIndex(({ start }) => start <= address);
  const { start, pages } = after[at]!;
  const end = after[at + 1]?.start;
  const more = new Map(pages);
  // The kernel joins neighbours that are alike.
  for (const former of before) {
    if (former.start < start || (end !== undefined && former.start >= end)) {
      continue;
    }
    for (const [node, count] of former.pages) {
      more.set(node, (more.get(node) ?? 0) - count);
    }
  }
  return Object.fromEntries(more);
}
