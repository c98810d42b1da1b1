/**
 * What is asked about a kernel of WebAssembly, on memory that all threads share.
 *
 * @module
 */
import type { Runtime } from "../../../mod.ts";
import { par } from "../../../parallel/mod.ts";
import { fractions } from "./numbers.ts";
import type { Pool } from "./pool.ts";
import { type Question, ranges } from "./question.ts";
import { type KernelPart, kernelSum } from "./tasks.ts";

// (import "env" "memory" (memory 1 4096 shared))
// (func (export "sumSquares") (param $pointer i32) (param $length i32) (result f64) …)
const CODE =
  "AGFzbQEAAAABBwFgAn9/AXwCEQEDZW52Bm1lbW9yeQIDAYAgAwIBAAcOAQpzdW1TcXVhcmVzAAAKOwE5" +
  "AgF8AX8gACABQQhsaiEDIAAgA0kEQANAIAIgACsDACAAKwMAoqAhAiAAQQhqIgAgA0kNAAsLIAIL";
const PAGE = 2 ** 16;
/** At least 1.8 times as fast as one thread. */
const AT_MOST = 1 / 1.8;

/** The questions about kernels. */
export function kernels(scale: number): Question[] {
  return [squares(2 ** 24 * scale)];
}

/** Made when it is first asked for. */
function partOf(length: number): () => KernelPart {
  let part: KernelPart | undefined;
  return () => {
    if (part !== undefined) return part;
    const bytes = Uint8Array.from(atob(CODE), (char) => char.charCodeAt(0));
    const memory = new WebAssembly.Memory({
      initial: Math.ceil(8 * length / PAGE),
      maximum: 4096,
      shared: true,
    });
    new Float64Array(memory.buffer).set(fractions(length));
    const module = new WebAssembly.Module(bytes);
    return part = { module, memory, pointer: 0, length };
  };
}

function squares(length: number): Question {
  const whole = partOf(length);
  return {
    name: "wasm",
    note: `the sum of the squares of ${
      length.toLocaleString("en-US")
    } f64 in the memory of a module of WebAssembly, added there`,
    alone: () => kernelSum(whole()),
    ours: {
      "par.wasm()": (runtime: Runtime) => {
        const { module, memory } = whole();
        const numbers = new Float64Array(memory.buffer, 0, length);
        return par.wasm(module, memory)
          .slices("sumSquares", numbers, { runtime }).sum();
      },
    },
    async pooled(pool: Pool) {
      const parts = ranges(length, pool.size).map(([from, to]) => ({
        ...whole(),
        pointer: 8 * from,
        length: to - from,
      }));
      const sums = await Promise.all(
        parts.map((part) => pool.run("kernelSum", part)),
      );
      return (sums as number[]).reduce((a, b) => a + b);
    },
    atMost: AT_MOST,
  };
}
