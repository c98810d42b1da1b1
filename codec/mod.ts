/**
 * Portable values to bytes and back: what may cross from one thread to another.
 *
 * ```ts
 * import { decode, encode, Reader, Writer } from "@kindred/kindred/codec";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Writer();
 * encode(out, { name: "Ada", born: new Date(0) }, "value");
 * const copy = decode(Reader.of(out.bytes.slice(0, out.byteLength)));
 * assertEquals(copy, { name: "Ada", born: new Date(0) });
 * ```
 *
 * @module
 */

export { type Arrival } from "./arrival.ts";
export { decode, decodeArguments } from "./decode.ts";
export { encode, encodeArguments } from "./encode.ts";
export { type Identities } from "./identities.ts";
export { MissingExportsError } from "./missing_exports_error.ts";
export { type ExportedAt } from "./module_exports.ts";
export { move } from "./move.ts";
export { NotHereError } from "./not_here_error.ts";
export type * from "./portable.ts";
export { portableCodec } from "./portable_codec.ts";
export { CorruptFrameError, Reader } from "./reader.ts";
export { type Mark, Writer } from "./writer.ts";
