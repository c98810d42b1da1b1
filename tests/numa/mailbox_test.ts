import { assertEquals } from "@std/assert";
import { bindMemory } from "../../topology/memory_policy.ts";
import { nodesOf } from "../../topology/mod.ts";
import { Fabric } from "../../workers/fabric/fabric.ts";
import { nodesWithUsableMemory } from "../topology/usable_memory.ts";
import { MACHINE } from "./machine.ts";

Deno.test({
  ignore: MACHINE?.name !== "asymmetric",
  name:
    "each mailbox of a fabric can be bound to a node of its own, whoever writes to it (in the machine asymmetric of deno task test:numa)",
  fn() {
    const nodes = nodesWithUsableMemory().map(({ id }) => id);
    const fabric = Fabric.allocate(nodes.length + 1);
    const { buffer } = fabric.handle;
    nodes.forEach((node, slot) => {
      const { byteOffset, byteLength } = fabric.mailbox(slot);
      // What others wrote before is moved.
      new Uint8Array(buffer, byteOffset, byteLength).fill(1, 0, 10);
      const reason = bindMemory(buffer, node, { byteOffset, byteLength });
      assertEquals(reason, undefined);
    });
    nodes.forEach((node, slot) => {
      const { byteOffset, byteLength } = fabric.mailbox(slot);
      new Uint8Array(buffer, byteOffset, byteLength).fill(1);
      const found = new Set(nodesOf(buffer, { byteOffset, byteLength }));
      assertEquals([...found], [node]);
    });
  },
});
