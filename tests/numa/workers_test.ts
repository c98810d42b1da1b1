import { assert, assertEquals } from "@std/assert";
import { topology } from "../../topology/mod.ts";
import { nodesWithUsableMemory } from "../topology/usable_memory.ts";
import { IN_MACHINE, WHERE } from "./machine.ts";
import type { WorkerOrder, WorkerReport } from "./pinned_worker.ts";

const PAGES = 20;

Deno.test({
  ...IN_MACHINE,
  name:
    `workers on each core stay on their processors, and so does their memory${WHERE}`,
  timeout: 120_000,
  async fn() {
    const machine = topology();
    const usable = nodesWithUsableMemory().map((node) => node.id);
    for (const { id, node } of machine.allowed.onePerCore()) {
      const report = await reportOf(id);
      assertEquals(report.affinity, [id]);
      assertEquals(report.ran, [id]);
      assertEquals(report.pinned, true);
      assertEquals([report.node, report.before], [node!.id, undefined]);
      const [touched, ...others] = report.touched;
      assertEquals(others, []);
      if (usable.includes(node!.id)) {
        assertEquals(report.placement, "bound");
        assertEquals([report.nodes, touched], [[node!.id], node!.id]);
      } else {
        assertEquals(report.placement, "anywhere");
        assert(usable.includes(touched!));
      }
    }
  },
});

async function reportOf(processor: number): Promise<WorkerReport> {
  const size = PAGES * 4096;
  const buffer = new SharedArrayBuffer(size, { maxByteLength: size });
  const worker = new Worker(import.meta.resolve("./pinned_worker.ts"), {
    type: "module",
  });
  try {
    return await new Promise<WorkerReport>((resolve, reject) => {
      worker.onmessage = (event) => resolve(event.data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      const untouched = new Uint8Array(buffer, 0, size);
      worker.postMessage({ processor, untouched } satisfies WorkerOrder);
    });
  } finally {
    worker.terminate();
  }
}
