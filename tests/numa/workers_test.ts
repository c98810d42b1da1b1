import { assert, assertEquals } from "@std/assert";
import { topology } from "../../topology/mod.ts";
import { nodesWithUsableMemory } from "../topology/usable_memory.ts";
import { IN_MACHINE, WHERE } from "./machine.ts";
import type { WorkerOrder, WorkerReport } from "./pinned_worker.ts";

const PAGES = 20;

Deno.test({
  ...IN_MACHINE,
  name:
    `workers on each node stay on each of its processors in turn, and so does their memory${WHERE}`,
  timeout: 120_000,
  async fn() {
    const machine = topology();
    const usable = nodesWithUsableMemory().map((node) => node.id);
    for (const { id: node, processors } of machine.nodes) {
      const ids = processors.ids.filter((id) => machine.allowed.has(id));
      const reports = ids.length === 0 ? [] : await reportsOf(ids);
      assertEquals(
        reports.map(({ affinity }) => affinity),
        ids.map((id) => [id]),
      );
      for (const [index, report] of reports.entries()) {
        assertEquals(report.ran, [ids[index]]);
        assertEquals(report.pinned, true);
        assertEquals([report.node, report.before], [node, undefined]);
        const [touched, ...others] = report.touched;
        assertEquals(others, []);
        if (usable.includes(node)) {
          assertEquals(report.placement, "bound");
          assertEquals([report.nodes, touched], [[node], node]);
        } else {
          assertEquals(report.placement, "anywhere");
          assert(usable.includes(touched!));
        }
      }
    }
  },
});

async function reportsOf(
  processors: readonly number[],
): Promise<WorkerReport[]> {
  const size = PAGES * 4096;
  const orders = processors.map((processor): WorkerOrder => {
    const buffer = new SharedArrayBuffer(size, { maxByteLength: size });
    return { processor, untouched: new Uint8Array(buffer, 0, size) };
  });
  const worker = new Worker(import.meta.resolve("./pinned_worker.ts"), {
    type: "module",
  });
  try {
    return await new Promise<WorkerReport[]>((resolve, reject) => {
      worker.onmessage = (event) => resolve(event.data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage(orders);
    });
  } finally {
    worker.terminate();
  }
}
