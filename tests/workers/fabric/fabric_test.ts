import { assert, assertEquals } from "@std/assert";
import {
  Fabric,
  postSlot,
  type PostState,
  postState,
  sameThread,
} from "../../../workers/fabric/fabric.ts";

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

Deno.test("Fabric.post() says what a post has: a thread, also while it is paused, or none", () => {
  const fabric = Fabric.allocate(5);
  fabric.occupy(3, 7);
  const threadOf: Record<PostState, number> = {
    running: 3,
    paused: 3,
    replacing: -1,
    failed: -1,
  };
  for (const [state, slot] of Object.entries(threadOf)) {
    fabric.setPost(1, state as PostState, 3);
    assertEquals(postState(fabric.post(1)), state);
    assertEquals(postSlot(fabric.post(1)), slot);
  }
});

Deno.test("sameThread() holds while a post is paused and goes on, and for no other thread", () => {
  const fabric = Fabric.allocate(5);
  const words: Record<string, number> = {};
  const note = (name: string, state: PostState, slot: number) => {
    fabric.setPost(0, state, slot);
    words[name] = fabric.post(0);
  };
  fabric.occupy(3, 7);
  note("running", "running", 3);
  note("paused", "paused", 3);
  note("none", "replacing", 3);
  note("elsewhere", "running", 2);
  fabric.occupy(3, 8);
  note("next", "running", 3);
  const { running, paused, none, elsewhere, next } = words;
  assert(running !== paused && sameThread(running!, paused!));
  assert(sameThread(paused!, running!));
  for (const other of [none, elsewhere, next]) {
    assert(!sameThread(running!, other!));
    assert(!sameThread(paused!, other!));
  }
});
