import { assertEquals } from "@std/assert";
import { platform } from "../../ffi/mod.ts";
import { Runtime, topology } from "../../mod.ts";
import { MACHINE } from "./machine.ts";

Deno.test({
  name:
    "Runtime.start() pins workers to processors of several nodes (in the machine asymmetric of deno task test:numa)",
  ignore: MACHINE?.name !== "asymmetric",
  timeout: 180_000,
  async fn() {
    const nodes = topology().nodes.filter(({ processors }) =>
      processors.size > 0
    );
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
