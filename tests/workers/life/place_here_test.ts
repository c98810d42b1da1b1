import { assert, assertEquals } from "@std/assert";
import { allocate, allocateFrom } from "../../../sync/memory/arena.ts";
import { nodesOf } from "../../../topology/mod.ts";
import { Fabric } from "../../../workers/fabric/fabric.ts";
import { placeHere } from "../../../workers/life/place_here.ts";
import { NEEDS_PLACEMENT, WITH_PLACEMENT } from "../../ffi/memory_placement.ts";
import { nodesWithUsableMemory } from "../../topology/usable_memory.ts";

Deno.test({
  ...WITH_PLACEMENT,
  name:
    `placeHere() binds a mailbox, and what the thread allocates then${NEEDS_PLACEMENT}`,
  fn() {
    const { id: node } = nodesWithUsableMemory().at(-1)!;
    const fabric = Fabric.allocate(3);
    const { buffer } = fabric.handle;
    const { byteOffset, byteLength } = fabric.mailbox(1);
    new Uint8Array(buffer, byteOffset, 10).fill(1);
    try {
      assertEquals(placeHere({ fabric, slot: 1, node }), undefined);
      new Uint8Array(buffer, byteOffset, byteLength).fill(1);
      const own = nodesOf(buffer, { byteOffset, byteLength });
      assertEquals([...new Set(own)], [node]);
      for (const size of [8, 100_000]) {
        const slice = allocate(size);
        assert(slice.buffer.growable);
        new Uint8Array(slice.buffer, 0, slice.buffer.byteLength).fill(1);
        assertEquals([...new Set(nodesOf(slice.buffer))], [node]);
      }
    } finally {
      allocateFrom();
    }
  },
});

Deno.test("placeHere() says why it does not, and leaves the arena as it is", () => {
  const fabric = Fabric.allocate(2);
  const before = allocate(8).buffer;
  const reason = placeHere({ fabric, slot: 1, node: 900 });
  assert(reason!.startsWith("not bound to node 900: "));
  assert(allocate(8).buffer === before);
});
