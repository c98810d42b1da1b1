import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CorruptFrameError, Reader } from "../../../codec/reader.ts";
import { Writer } from "../../../codec/writer.ts";
import type { SpanContext } from "../../../workers/telemetry/open_telemetry.ts";
import {
  readTraceContext,
  TRACE_CONTEXT_WORDS,
  writeTraceContext,
} from "../../../workers/telemetry/trace_context.ts";

const CONTEXT: SpanContext = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: 1,
};

function written(context: SpanContext): Writer {
  const out = new Writer(64);
  writeTraceContext(out, context);
  return out;
}

function read(out: Writer, length = out.byteLength): SpanContext | undefined {
  return readTraceContext(Reader.of(out.bytes.subarray(0, length)));
}

Deno.test("readTraceContext() gives what writeTraceContext() was given", () => {
  const id = (length: number) =>
    fc.array(fc.constantFrom(..."0123456789abcdef"), {
      minLength: length,
      maxLength: length,
    }).map((digits) => digits.join("")).filter((id) => !/^0+$/.test(id));
  const context = fc.record({
    traceId: id(32),
    spanId: id(16),
    traceFlags: fc.nat(255),
  });
  fc.assert(fc.property(context, (context) => {
    const out = written(context);
    assertEquals(out.length, TRACE_CONTEXT_WORDS);
    assertEquals(read(out), context);
  }));
  for (const one of ["1".padStart(32, "0"), "8".padEnd(32, "0")]) {
    const context = { ...CONTEXT, traceId: one };
    assertEquals(read(written(context)), context);
  }
});

Deno.test("readTraceContext() finds none where the ids were no ids", () => {
  const bad: Partial<Record<keyof SpanContext, unknown>>[] = [
    { traceId: "" },
    { traceId: "0".repeat(32) },
    { traceId: CONTEXT.traceId.toUpperCase() },
    { traceId: CONTEXT.traceId + "00" },
    { traceId: "g".repeat(32) },
    { traceId: undefined },
    { spanId: "0".repeat(16) },
    { spanId: CONTEXT.spanId.slice(1) },
    { spanId: 5 },
  ];
  for (const part of bad) {
    const out = written({ ...CONTEXT, ...part } as SpanContext);
    assertEquals(out.length, TRACE_CONTEXT_WORDS);
    assertEquals(read(out), undefined);
  }
});

Deno.test("readTraceContext() finds none of another version", () => {
  const out = written(CONTEXT);
  out.words[TRACE_CONTEXT_WORDS - 1]! |= 1 << 8;
  assertEquals(read(out), undefined);
});

Deno.test("readTraceContext() throws where the frame ends too early", () => {
  const out = written(CONTEXT);
  for (let words = 0; words < TRACE_CONTEXT_WORDS; words++) {
    assertThrows(() => read(out, 4 * words), CorruptFrameError);
  }
});

Deno.test("readTraceContext() reads any seven words as a context or none", () => {
  fc.assert(fc.property(
    fc.array(fc.integer(), { minLength: 7, maxLength: 7 }),
    (words) => {
      const out = new Writer(64);
      for (const word of words) out.word(word);
      const context = read(out);
      if (context !== undefined) assertEquals(read(written(context)), context);
    },
  ));
});
