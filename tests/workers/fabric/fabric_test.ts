import { assert, assertEquals } from "@std/assert";
import { Fabric } from "../../../workers/fabric/fabric.ts";

const PAGE = 4096;

Deno.test("Fabric.mailbox() is whole pages, next to each other up to the end of the buffer", () => {
  for (const slots of [2, 9, 200]) {
    const fabric = Fabric.allocate(slots);
    let end: number | undefined;
    for (let slot = 0; slot < slots; slot++) {
      const { byteOffset, byteLength } = fabric.mailbox(slot);
      assertEquals([byteOffset % PAGE, byteLength % PAGE], [0, 0]);
      assertEquals(byteOffset, end ?? byteOffset);
      end = byteOffset + byteLength;
    }
    assertEquals(end, fabric.handle.buffer.byteLength);
  }
});

Deno.test("Fabric.mailbox() holds the doorbell of its slot and all rings to it", () => {
  const fabric = Fabric.allocate(5);
  for (let slot = 0; slot < 5; slot++) {
    const { byteOffset, byteLength } = fabric.mailbox(slot);
    const rings = [0, 1, 2, 3, 4].map((from) =>
      fabric.ring(from, slot).byteOffset
    );
    assertEquals(fabric.doorbell(slot).byteOffset, byteOffset);
    for (const ring of rings) {
      assert(ring > byteOffset);
      assert(ring + fabric.handle.ringCapacity <= byteOffset + byteLength);
    }
  }
});
