import { assert, assertEquals } from "@std/assert";
import { platform } from "../../ffi/mod.ts";
import { PLACES } from "../ffi/memory_placement.ts";
import { runProgram } from "../support/run_program.ts";

const LIBC = "/lib/x86_64-linux-gnu/libc.so.6";
const debian = PLACES && platform().readFile("/etc/debian_version") !==
    undefined &&
  Deno.build.arch === "x86_64";

const PROGRAM = `
  import { movePages, nodesOf, NumaBuffer, topology } from "@kindred/kindred/topology";

  const node = topology().nodes.findLast((each) => each.memory !== 0);
  const memory = NumaBuffer.allocate(100_000, { node });
  const bytes = memory.view(Uint8Array).fill(1);
  console.log(JSON.stringify({
    node: node.id,
    placement: memory.placement,
    reason: memory.reason,
    nodes: [...new Set(nodesOf(memory.buffer))],
    moved: movePages(memory.buffer, node).reason,
    sum: bytes.reduce((sum, byte) => sum + byte),
  }));
`;

async function reportWith(...permissions: string[]): Promise<{
  node: number;
  placement: string;
  reason?: string;
  nodes: number[];
  moved?: string;
  sum: number;
}> {
  const { code, stderr, stdout } = await runProgram(PROGRAM, { permissions });
  assertEquals([code, stderr], [0, ""]);
  return JSON.parse(stdout);
}

for (
  const [flag, ignore] of [
    ["--allow-ffi", !PLACES],
    [`--allow-ffi=${LIBC}`, !debian],
  ] as const
) {
  Deno.test({
    name:
      `NumaBuffer.allocate() binds with ${flag} (needs Linux that places memory, for a path Debian on x86-64)`,
    ignore,
    async fn() {
      const report = await reportWith(flag);
      assertEquals([report.placement, report.reason], ["bound", undefined]);
      assertEquals([report.nodes, report.moved], [[report.node], undefined]);
    },
  });
}

Deno.test("NumaBuffer.allocate() gives memory without a permission, and names the flag", async () => {
  const report = await reportWith();
  assertEquals([report.placement, report.sum], ["anywhere", 100_000]);
  assertEquals(report.nodes, []);
  assert(report.reason!.includes("--allow-ffi"));
  assert(report.moved!.includes("--allow-ffi"));
});
