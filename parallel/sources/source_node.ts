/**
 * What `par()` is given.
 *
 * @module
 */

import type { IndexedNode } from "../plan/node.ts";
import { ItemsNode } from "./items.ts";
import { isTypedArray, type TypedArray, ViewNode } from "./view.ts";

/**
 * The source of a plan.
 *
 * @throws {TypeError} If it is none.
 */
export function sourceNode(
  source: TypedArray | Iterable<unknown>,
): IndexedNode {
  if (isTypedArray(source)) return new ViewNode(source);
  if (Array.isArray(source)) return new ItemsNode(source);
  if (
    typeof source === "string" ||
    typeof source === "object" && source !== null && Symbol.iterator in source
  ) return new ItemsNode(Array.from(source));
  throw new TypeError(
    `Cannot plan in parallel as 'source' must be a typed array or iterable: received ${
      source === null ? "null" : typeof source
    }`,
  );
}
