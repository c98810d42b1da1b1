/**
 * Lines of a text that is in memory.
 *
 * @module
 */

import { ParallelIterator } from "./parallel_iterator.ts";
import {
  checkParallelOptions,
  type ParallelOptions,
} from "./run/parallel_options.ts";
import { MemoryText } from "./sources/memory_text.ts";
import { StringText } from "./sources/string_text.ts";
import type { Text } from "./sources/text.ts";
import { linesNode } from "./sources/text_nodes.ts";
import { typeName } from "./sources/view.ts";

/** The lines of a text: see {@linkcode Par.lines}. */
export function lines(
  text: string | Uint8Array,
  options: ParallelOptions = {},
): ParallelIterator<string> {
  checkParallelOptions(options);
  return new ParallelIterator({ node: linesNode(textOf(text)), options });
}

function textOf(text: string | Uint8Array): Text {
  if (typeof text === "string") return new StringText(text);
  if (typeName(text) === "Uint8Array") return new MemoryText(text);
  throw new TypeError(
    `Cannot plan in parallel as 'text' must be a string or Uint8Array: received ${
      text === null ? "null" : typeof text
    }`,
  );
}
