/**
 * What references and values of workers are, to the compiler. Only checked.
 *
 * @module
 */

import type { AssertFalse, AssertTrue, IsExact } from "@std/testing/types";
import type { IsPortable } from "../../../codec/mod.ts";
import {
  type Channel,
  LocalRef,
  type LocalRefHandle,
  type Mutex,
  type ReferenceIn,
  type SharedCounter,
  type SharedData,
  type WorkerLocal,
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

interface Board {
  readonly counts: Int32Array<SharedArrayBuffer>;
  readonly lock: Mutex;
  readonly rows: readonly { name: string; total: SharedCounter }[];
  readonly buffer?: SharedArrayBuffer;
}

export type Shared = [
  AssertTrue<IsExact<SharedData<SharedCounter>, SharedCounter>>,
  AssertTrue<Board extends SharedData<Board> ? true : false>,
  AssertTrue<Ref extends SharedData<Ref> ? true : false>,
  AssertTrue<
    Channel<number> extends SharedData<Channel<number>> ? true : false
  >,
  // Whose memory it is the compiler does not see.
  AssertTrue<Uint8Array extends SharedData<Uint8Array> ? true : false>,
  AssertTrue<unknown[] extends SharedData<unknown[]> ? true : false>,
];

/** What references refer to; never run. */
export function refers(board: Board, channel: Channel<number>): void {
  const made: LocalRef<Board> = new LocalRef(board);
  const inferred: LocalRef<{ total: SharedCounter }> = new LocalRef({
    total: board.rows[0]!.total,
  });
  // @ts-expect-error On the heap of this thread.
  new LocalRef(new Float64Array(8));
  // @ts-expect-error The same, deep inside.
  new LocalRef({ lock: board.lock, rows: [{ bytes: new ArrayBuffer(8) }] });
  // @ts-expect-error A function.
  new LocalRef({ lock: board.lock, done: () => {} });
  // @ts-expect-error A symbol.
  new LocalRef({ lock: board.lock, key: Symbol() });
  // @ts-expect-error An instance of a class.
  new LocalRef({ since: new Date() });
  // @ts-expect-error A container of this thread.
  new LocalRef(new Map([["lock", board.lock]]));
  // @ts-expect-error An error.
  new LocalRef({ why: new RangeError() });
  // @ts-expect-error An end, which one thread has.
  new LocalRef({ out: channel.sender() });
  // @ts-expect-error No object.
  new LocalRef(5);
  return void [made, inferred];
}
