import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { decode, encode, Writer } from "../../codec/mod.ts";
import { assertCorrupt, readerOf } from "./support.ts";
import { SharedCounter } from "../../sync/mod.ts";
import { emptyModule as module, newMemory } from "./web_assembly_samples.ts";

/** A writer of what goes with a call. */
function newWriter(): Writer {
  const out = new Writer();
  out.clear();
  return out;
}

Deno.test("decode() gives the module and the memory that travel beside the frame", () => {
  const memory = newMemory();
  const out = newWriter();
  encode(out, { module, parts: [memory, memory] }, "value");
  assertEquals(out.buffers, [module, memory]);
  assertEquals(out.moved, []);
  const { module: same, parts } = decode(readerOf(out)) as {
    module: WebAssembly.Module;
    parts: WebAssembly.Memory[];
  };
  assertStrictEquals(same, module);
  for (const part of parts) assertStrictEquals(part, memory);
});

Deno.test("encode() refuses memory of WebAssembly that is not shared", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  assertThrows(
    () => encode(newWriter(), { a: memory }, "value"),
    TypeError,
    "'a' is a Memory of WebAssembly that is not shared",
  );
});

Deno.test("encode() refuses modules and memories where no call goes", () => {
  for (const [value, name] of [[module, "Module"], [newMemory(), "Memory"]]) {
    for (const buffers of [undefined, []]) {
      const out = new Writer();
      out.buffers = buffers;
      const reason = `it is a ${name} of WebAssembly`;
      assertThrows(() => encode(out, value, "value"), TypeError, reason);
    }
  }
});

Deno.test("decode() refuses a shared object in what is no buffer", () => {
  const out = newWriter();
  encode(out, new SharedCounter(), "value");
  const reader = readerOf(out);
  reader.buffers = [newMemory() as unknown as SharedArrayBuffer];
  assertCorrupt(reader);
});
