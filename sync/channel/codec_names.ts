/**
 * The names of codecs that each thread has by itself.
 *
 * @module
 */

import { bytesCodec, textCodec } from "./built_in_codecs.ts";
import type { Codec } from "./codec.ts";

/** That of portable values is in the folder `codec/`, which need not be there. */
const RESERVED = new Map<string, object | undefined>([
  [textCodec.name, textCodec],
  [bytesCodec.name, bytesCodec],
  ["portable", undefined],
]);

/** Says which codec has a name that is kept for it. */
export function reserveName(codec: Codec<unknown>): void {
  RESERVED.set(codec.name, codec);
}

/**
 * Checks a codec. One with the name of another one would be taken for that in other
 * threads.
 *
 * @throws {TypeError} If it is none, or has a name that is kept for another one.
 */
export function checkCodec(action: string, codec: unknown): void {
  const { name, encode, decode } = Object(codec) as Partial<Codec<unknown>>;
  if (typeof name !== "string" || name === "") {
    throw new TypeError(
      `Cannot ${action} as the 'name' of a codec must be a string that is not empty: received ${
        name === "" ? '""' : typeof name
      }`,
    );
  }
  for (const [key, part] of [["encode", encode], ["decode", decode]]) {
    if (typeof part === "function") continue;
    throw new TypeError(
      `Cannot ${action} as '${key}' of codec "${name}" must be a function: received ${typeof part}`,
    );
  }
  if (!RESERVED.has(name) || RESERVED.get(name) === codec) return;
  throw new TypeError(
    `Cannot ${action} as a codec that comes with the library has that name: received another one named "${name}"`,
  );
}
