import { assert, assertEquals, assertThrows } from "@std/assert";
import { par } from "../../parallel/mod.ts";
import { SharedCounter } from "../../sync/mod.ts";
import { onAll } from "./on_all.ts";

const encoder = new TextEncoder();

/** What `lines()` of Rust gives. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

onAll("par.lines() gives the lines of strings and bytes", async (options) => {
  for (
    const text of ["", "\n", "a", "a\n", "\n\na", "a\r\nb\r", "é\r\r\n\u2028\n"]
  ) {
    const lines = linesOf(text);
    assertEquals(await par.lines(text, options).collect(), lines);
    const bytes = encoder.encode(text);
    assertEquals(await par.lines(bytes, options).collect(), lines);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    assertEquals(await par.lines(shared, options).collect(), lines);
  }
});

onAll("par.lines() keeps the order of many lines", async (options) => {
  for (const end of ["\n", " é\r\n"]) {
    const text = Array.from({ length: 20_000 }, (_, k) => `line ${k}${end}`)
      .join("");
    const progress = new SharedCounter();
    const plan = par.lines(text, { ...options, progress });
    assertEquals(await plan.collect(), linesOf(text));
    assertEquals(progress.value, text.length);
    assertEquals(
      await plan.findFirst((line) => line.startsWith("line 1999")),
      linesOf(text)[1999],
    );
    const both = plan.chain(par.lines(encoder.encode(text)));
    assertEquals(await both.collect(), linesOf(text + text));
  }
});

onAll("par.lines() of bytes that have shrunk is refused", async (options) => {
  const buffer = new ArrayBuffer(100, { maxByteLength: 100 });
  const plan = par.lines(new Uint8Array(buffer), options);
  assertEquals(await plan.count(), 1);
  buffer.resize(50);
  const error = await plan.count().catch((error) => error);
  assert(error instanceof RangeError);
  assert(error.message.includes("received 50 elements of 100"));
});

onAll(
  "par.lines() reads no further than the bytes that were there",
  async (options) => {
    const buffer = new SharedArrayBuffer(3, { maxByteLength: 100 });
    const bytes = new Uint8Array(buffer);
    bytes.set([65, 10, 66]);
    const plan = par.lines(bytes, options);
    buffer.grow(100);
    assertEquals(await plan.collect(), ["A", "B"]);
  },
);

Deno.test("par.lines() refuses what is no text", () => {
  const bad = <T>(value: unknown) => value as T;
  for (const value of [null, undefined, 5, ["a"], new Uint16Array(3)]) {
    assertThrows(() => par.lines(bad(value)), TypeError, "'text' must be");
  }
  assertThrows(() => par.lines("", bad(5)), TypeError, "'options'");
});
