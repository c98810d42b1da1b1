import { assertEquals } from "@std/assert";
import { movePages, nodesOf, topology } from "../../topology/mod.ts";
import { IN_MACHINE, WHERE } from "./machine.ts";

/** In bytes. */
const SIZE = 2 ** 22;

/** Long enough for the kernel to mark these pages some times, in milliseconds. */
const TIME = 5000;

Deno.test({
  ...IN_MACHINE,
  name: `pages are found and moved while the kernel balances nodes${WHERE}`,
  fn() {
    const buffer = new SharedArrayBuffer(SIZE, { maxByteLength: SIZE });
    const bytes = new Uint8Array(buffer, 0, SIZE).fill(1);
    const nodes = topology().nodes.map(({ id }) => id);
    const end = performance.now() + TIME;
    for (let turn = 0; performance.now() < end; turn++) {
      const missing = nodesOf(buffer).filter((node) => node === undefined);
      assertEquals(missing, []);
      const node = nodes[turn % nodes.length]!;
      assertEquals(movePages(buffer, node).untouched, 0);
    }
    assertEquals(bytes.indexOf(0), -1);
  },
});
