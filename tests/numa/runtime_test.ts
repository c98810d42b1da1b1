import { assertEquals } from "@std/assert";
import { platform } from "../../ffi/mod.ts";
import {
  type MemoryRange,
  nodesOf,
  pinThread,
  Runtime,
  type RuntimeOptions,
} from "../../mod.ts";
import { Fabric, postSlot } from "../../workers/fabric/fabric.ts";
import { MACHINE } from "./machine.ts";
import { nodesWithProcessors } from "./nodes_with_processors.ts";
import { placed } from "./placed.ts";

Deno.test({
  name:
    "Runtime.start() pins workers to processors of several nodes (in the machine asymmetric of deno task test:numa)",
  ignore: MACHINE?.name !== "asymmetric",
  timeout: 180_000,
  async fn() {
    const nodes = nodesWithProcessors();
    const expected = [nodes[0]!, nodes.at(-1)!].map(({ processors }) =>
      processors.first!.id
    );
    await using runtime = await Runtime.start({ processors: expected });
    const { workers } = runtime.report();
    assertEquals(workers.map(({ processor }) => processor), expected);
    for (const { affinity, pinned, processor, threadId } of workers) {
      assertEquals([affinity, pinned], [[processor!], true]);
      assertEquals(platform().affinityOf(threadId!), [processor!]);
    }
  },
});

Deno.test({
  name:
    "Runtime.start() has the mailbox of each worker, and what it allocates, on its node, also of one that takes another's place (in the machine asymmetric of deno task test:numa)",
  ignore: MACHINE?.name !== "asymmetric",
  timeout: 180_000,
  async fn() {
    const nodes = nodesWithProcessors();
    const expected = [nodes[0]!, nodes.at(-1)!];
    // What this thread writes first is on another node unless it is bound.
    using _pin = pinThread(nodes[1]!.processors);
    const { fabric, runtime } = await startAndShowFabric({
      processors: expected.map(({ processors }) => processors.first!.id),
    });
    await using _ = runtime;
    const family = await runtime.link(placed);
    const check = async (index: number) => {
      const { id } = expected[index]!;
      for (const size of [8, 100_000]) {
        const buffer = await family.on(index).bufferFor(size);
        // This thread is the first one to write to this part.
        new Uint8Array(buffer, 0, buffer.byteLength)
          .fill(0, buffer.byteLength / 2);
        assertEquals(usedNodes(buffer), [id]);
      }
      // More pages of the ring than were written before.
      for (let k = 0; k < 20; k++) {
        await family.on(index).lengthOf("x".repeat(3000));
      }
      const mailbox = fabric.mailbox(postSlot(fabric.post(index)));
      assertEquals(usedNodes(fabric.handle.buffer, mailbox), [id]);
    };
    const checkReports = (replaced: number) => {
      for (const worker of runtime.report().workers) {
        assertEquals(worker.placementFailure, undefined);
        assertEquals(worker.replaced, replaced);
      }
    };
    await check(0);
    await check(1);
    checkReports(0);
    for (const index of [0, 1]) {
      await family.on(index).exit().catch(() => {});
      await check(index);
    }
    checkReports(1);
  },
});

/** Starts a runtime, and gives away where its mailboxes are. */
async function startAndShowFabric(
  options: RuntimeOptions,
): Promise<{ runtime: Runtime; fabric: Fabric }> {
  const { allocate } = Fabric;
  let fabric: Fabric | undefined;
  Fabric.allocate = (slots) => fabric = allocate(slots);
  try {
    const runtime = await Runtime.start(options);
    return { runtime, fabric: fabric! };
  } finally {
    Fabric.allocate = allocate;
  }
}

/** On which nodes those pages are to which anybody has written. */
function usedNodes(
  buffer: SharedArrayBuffer,
  range?: MemoryRange,
): (number | undefined)[] {
  const nodes = nodesOf(buffer, range);
  return [...new Set(nodes.filter((node) => node !== undefined))];
}
