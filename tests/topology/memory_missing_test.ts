import { assert, assertEquals } from "@std/assert";
import { platform } from "../../ffi/mod.ts";
import { whyNoMemoryOn } from "../../topology/memory_missing.ts";
import { Topology, topology } from "../../topology/mod.ts";
import { nodesWithUsableMemory } from "./usable_memory.ts";

const tells = platform().readFile("/proc/self/status")
  ?.includes("Mems_allowed_list:") ?? false;

Deno.test("whyNoMemoryOn() says so of a node without memory", () => {
  const [node] = Topology.fake({ nodes: [1], memory: [0] }).nodes;
  assertEquals(whyNoMemoryOn(node!), "it has no memory");
});

Deno.test("whyNoMemoryOn() has nothing to say of nodes that may be used", () => {
  for (const node of nodesWithUsableMemory()) {
    assertEquals(whyNoMemoryOn(node), undefined);
  }
});

Deno.test({
  name:
    "whyNoMemoryOn() names the nodes that are allowed (needs Linux and --allow-ffi)",
  ignore: !tells,
  fn() {
    const nodes = Array<number>(topology().nodes.at(-1)!.id + 2).fill(1);
    const { nodes: more } = Topology.fake({ nodes });
    const why = whyNoMemoryOn(more.at(-1)!);
    assert(why?.startsWith("only memory of nodes "));
  },
});
