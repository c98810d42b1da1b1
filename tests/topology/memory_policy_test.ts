import { assert, assertEquals, assertThrows } from "@std/assert";
import { bindMemory } from "../../topology/memory_policy.ts";
import { nodesOf, topology } from "../../topology/mod.ts";
import {
  MEMORY,
  NEEDS_PLACEMENT,
  PAGE,
  WITH_PLACEMENT,
} from "../ffi/memory_placement.ts";
import { nodesWithUsableMemory } from "./usable_memory.ts";

const usable = nodesWithUsableMemory();

Deno.test({
  ...WITH_PLACEMENT,
  name:
    `bindMemory() binds the whole pages of a part, and moves those in memory${NEEDS_PLACEMENT}`,
  fn() {
    const first = usable[0]!.id;
    const last = usable.at(-1)!.id;
    const size = 8 * PAGE;
    const buffer = new SharedArrayBuffer(size, { maxByteLength: size });
    const bytes = new Uint8Array(buffer, 0, size);
    assertEquals(bindMemory(buffer, first), undefined);
    bytes.subarray(0, 4 * PAGE).fill(1);
    // From the middle of page 1 up to the middle of page 6.
    const part = { byteOffset: 1.5 * PAGE, byteLength: 5 * PAGE };
    assertEquals(bindMemory(buffer, last, part), undefined);
    bytes.fill(2);
    assertEquals(nodesOf(buffer), [
      ...[first, first, last, last, last, last, first, first],
    ]);
  },
});

Deno.test("bindMemory() does nothing where no page is whole", () => {
  const buffer = new SharedArrayBuffer(PAGE, { maxByteLength: PAGE });
  const part = { byteOffset: 1, byteLength: PAGE - 1 };
  const reason = bindMemory(buffer, topology().nodes[0]!.id, part);
  assert(reason === undefined || MEMORY === undefined);
});

Deno.test({
  ...WITH_PLACEMENT,
  name: `bindMemory() says what the system refuses${NEEDS_PLACEMENT}`,
  fn() {
    const buffer = new SharedArrayBuffer(PAGE, { maxByteLength: PAGE });
    assert(bindMemory(buffer, 900)!.startsWith("mbind fails with EINVAL"));
  },
});

Deno.test("bindMemory() refuses buffers that are pieces of the heap, and wrong parts", () => {
  assertThrows(() => bindMemory(new SharedArrayBuffer(PAGE), 0), TypeError);
  const buffer = new SharedArrayBuffer(PAGE, { maxByteLength: PAGE });
  assertThrows(
    () => bindMemory(buffer, 0, { byteOffset: PAGE + 1 }),
    RangeError,
  );
  assertThrows(() => bindMemory(buffer, 0, { byteLength: -1 }), RangeError);
});
