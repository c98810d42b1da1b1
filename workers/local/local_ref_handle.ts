/**
 * The handles of references.
 *
 * @module
 */

import { inWords } from "../../codec/in_words.ts";
import { type DataHandle, isWhole } from "./reference_data.ts";

/**
 * Names a `LocalRef` in a message: plain data that `postMessage` can clone.
 *
 * @typeParam T The type of the data.
 */
export interface LocalRefHandle<T extends object = object> {
  /** The name of the class. */
  readonly kind: "LocalRef";
  /** What the library needs to attach to the data. */
  readonly data: object;
  /** Never there: keeps the type of the data. */
  readonly type?: T;
}

/**
 * The data that a handle names.
 *
 * @throws {TypeError} If it is no handle of a reference.
 */
export function dataIn(handle: LocalRefHandle): DataHandle {
  const given: unknown = handle;
  const data: unknown = typeof given === "object" && given !== null &&
      handle.kind === "LocalRef"
    ? handle.data
    : undefined;
  if (isWhole(data)) return data as DataHandle;
  throw new TypeError(
    `Cannot attach to reference as its handle, of 'kind' "LocalRef", is needed: received ${
      inWords(given)
    }`,
  );
}
