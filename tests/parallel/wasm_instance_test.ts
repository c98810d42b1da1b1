import { assertEquals } from "@std/assert";
import { par } from "../../parallel/mod.ts";
import { Runtime } from "../../workers/mod.ts";
import { assemble, I32 } from "./assembler.ts";
import { withWorkers } from "./on_all.ts";
import {
  bindgenStart,
  called,
  initTls,
  meeting,
  newMemory,
  POINTER,
} from "./sample_kernels.ts";

const timeout = 60_000;

Deno.test("par.wasm() gives each thread a stack, and variables of its own", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const module = assemble({
    globals: [
      POINTER,
      { isMutable: true, value: 0 },
      { name: "__tls_size", isMutable: false, value: 40_000 },
      { name: "__tls_align", isMutable: false, value: 64 },
    ],
    funcs: [meeting(0), meeting(1), initTls],
  });
  const memory = newMemory(3);
  const stackSize = 100_000;
  const kernels = par.wasm(module, memory, { stackSize });
  const begin = async (kernel: string) => {
    new Int32Array(memory.buffer)[0] = 0;
    const meet = kernels.ranges(kernel, 0, 2, { runtime, eager: true });
    const parts = await meet.withMaxLen(1).collect();
    return parts.toSorted((a, b) => a - b);
  };
  const PAGE = 65_536;
  // Three pages each, behind the three that were there.
  const tops = [3, 6].map((page) => page * PAGE + 100_032);
  assertEquals(await begin("meet0"), tops);
  assertEquals(await begin("meet1"), tops);
  assertEquals(memory.buffer.byteLength, 9 * PAGE);
});

Deno.test(
  "par.wasm() makes one instance a thread, and leaves stacks to what wasm-bindgen made",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const memory = newMemory();
    const module = assemble({
      globals: [{ isMutable: true, value: 0 }],
      funcs: [bindgenStart, meeting(0)],
      names: "..__stack_pointer",
    });
    const kernels = par.wasm(module, memory);
    const words = new Int32Array(memory.buffer);
    for (let round = 0; round < 3; round++) {
      words[0] = 0;
      const plan = kernels.ranges("meet0", 0, 2, { runtime, eager: true });
      await plan.withMaxLen(1).run();
      assertEquals([words[2], words[3]], [2, 2 << 20]);
    }
    assertEquals(memory.buffer.byteLength, words.byteLength);
  },
);

Deno.test(
  "par.wasm() in a task gets an instance with its own imports, whatever others have run there",
  {
    timeout,
  },
  () =>
    withWorkers(async (options) => {
      const memory = newMemory();
      const module = assemble({
        imports: [{ name: "each", params: [I32], results: [I32] }],
        funcs: [called],
      });
      const kernels = par.wasm(module, memory, {
        imports: { env: { each: () => 1 } },
      });
      const sum = kernels.ranges("called", 0, 1000, options).withMaxLen(1)
        .sum();
      assertEquals(await sum, 1000);
      const url = new URL("../../parallel/mod.ts", import.meta.url).href;
      const sums = await (options.runtime as Runtime).broadcast(
        async (url, module, memory) => {
          const { par } = await import(
            url
          ) as typeof import("../../parallel/mod.ts");
          const imports = { env: { each: () => 2 } };
          const kernels = par.wasm(module, memory, { imports });
          return await kernels.ranges("called", 0, 10).sum();
        },
        url,
        module,
        memory,
      );
      assertEquals(sums, [20, 20]);
    }),
);
