/**
 * What references and values of workers are, to the compiler. Only checked.
 *
 * @module
 */

import type { AssertFalse, AssertTrue, IsExact } from "@std/testing/types";
import type { IsPortable } from "../../../codec/mod.ts";
import type {
  LocalRef,
  LocalRefHandle,
  ReferenceIn,
  SharedCounter,
  WorkerLocal,
} from "../../../mod.ts";

type Ref = LocalRef<SharedCounter>;
type Other = LocalRef<{ n: Int32Array<SharedArrayBuffer> }>;

export type References = [
  AssertTrue<IsExact<ReferenceIn<{ a: number; ref: Ref }>, Ref>>,
  AssertTrue<IsExact<ReferenceIn<Other>, Other>>,
  AssertTrue<IsExact<ReturnType<WorkerLocal<{ ref: Other }>["ref"]>, Other>>,
  AssertFalse<
    ReferenceIn<{ a: number }> extends LocalRef<object> ? true : false
  >,
  AssertFalse<
    ReferenceIn<{ a: Ref; b: Other }> extends LocalRef<object> ? true : false
  >,
  AssertFalse<
    ReferenceIn<{ a: Ref; b: Ref }> extends LocalRef<object> ? true : false
  >,
];

export type Sent = [
  AssertTrue<IsPortable<Ref>>,
  AssertTrue<IsPortable<readonly [Ref, { deep: Other[] }]>>,
  AssertFalse<IsPortable<WorkerLocal<number>>>,
  AssertTrue<IsExact<ReturnType<Ref["get"]>, SharedCounter>>,
  AssertTrue<IsExact<Ref["handle"], LocalRefHandle<SharedCounter>>>,
];
