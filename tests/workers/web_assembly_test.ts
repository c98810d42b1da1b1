import { assertEquals } from "@std/assert";
import { emptyModule, newMemory } from "../codec/web_assembly_samples.ts";
import { testBoth } from "./both_runtimes.ts";

testBoth(
  "a task gets the same module and memory of WebAssembly each time",
  async ({ start }) => {
    await using runtime = await start({ workers: 1 });
    const memory = newMemory();
    const use = (module: WebAssembly.Module, memory: WebAssembly.Memory) => {
      const scope = globalThis as { seen?: WeakSet<object> };
      const seen = scope.seen ??= new WeakSet();
      const isKnown = seen.has(module) && seen.has(memory);
      seen.add(module).add(memory);
      Atomics.add(new Int32Array(memory.buffer), 0, 1);
      return [isKnown, module instanceof WebAssembly.Module];
    };
    assertEquals(await runtime.spawn(use, emptyModule, memory), [false, true]);
    assertEquals(await runtime.spawn(use, emptyModule, memory), [true, true]);
    assertEquals(new Int32Array(memory.buffer)[0], 2);
    const back = await runtime.spawn(() =>
      new WebAssembly.Memory({ initial: 1, maximum: 3, shared: true })
    );
    assertEquals([back.grow(1), back.buffer.byteLength], [1, 2 << 16]);
  },
);
