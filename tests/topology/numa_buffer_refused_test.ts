import { assert, assertEquals } from "@std/assert";
import { platform } from "../../ffi/mod.ts";
import { topology } from "../../topology/mod.ts";
import { PLACES } from "../ffi/memory_placement.ts";
import { runProgram } from "../support/run_program.ts";
import { nodesWithUsableMemory } from "./usable_memory.ts";
import type { RefusedReport } from "./numa_buffer_refused_program.ts";

/** How many pages each buffer of the program has. */
const PAGES = 4000;
const glibc = platform().source.includes("libc.so.6");

Deno.test({
  name:
    "where a container refuses to place memory, pinning works and NumaBuffer says what it does instead (needs Linux with glibc, and all permissions)",
  ignore: !glibc || !PLACES,
  timeout: 180_000,
  async fn() {
    const { code, stderr, stdout } = await runProgram({
      file: import.meta.resolve("./numa_buffer_refused_program.ts"),
    }, { permissions: ["-A"], timeout: 150_000 });
    assertEquals([code, stderr], [0, ""]);
    const report: RefusedReport = JSON.parse(stdout);
    assertEquals([report.pinned, report.restored], [true, true]);
    assert(
      report.notes.some((note) =>
        note.startsWith("No memory placement") && note.includes("EPERM")
      ),
    );
    assert(report.moved!.includes("EPERM"));
    assert(report.bound!.includes("EPERM"));
    assertEquals(report.nodes, topology().nodes.length);
    for (const buffer of report.buffers) checkBuffer(buffer, report.nodes);
  },
});

function checkBuffer(
  buffer: RefusedReport["buffers"][number],
  nodes: number,
): void {
  const { node, nodeOf, pages, placement, reason, zeroed } = buffer;
  assert(reason!.startsWith(`not bound to node ${node}`));
  assert(reason!.includes("EPERM"));
  assertEquals([zeroed, nodeOf], [true, undefined]);
  const { processors } = topology().node(node)!;
  const reachable = topology().allowed.intersect(processors).size > 0;
  const usable = nodesWithUsableMemory().some(({ id }) => id === node);
  if (nodes > 1 && reachable && usable) {
    assertEquals(placement, "touched");
    // Others may use a neighbour that the kernel has joined with it.
    for (const [id, count] of Object.entries(pages)) {
      if (id === `${node}`) assert(count > 0.9 * PAGES, JSON.stringify(pages));
      else assert(count < 0.2 * PAGES, JSON.stringify(pages));
    }
  } else {
    assertEquals(placement, "anywhere");
    assert(nodes === 1 || reason!.includes("not touched"));
  }
}
