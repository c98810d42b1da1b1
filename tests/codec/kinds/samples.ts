/**
 * A value of each kind that a layer above the codec knows, and of each class that
 * crosses threads in a way of its own.
 *
 * @module
 */

import {
  aware,
  BatchRing,
  ByteBatchRing,
  callback,
  closure,
  type InstancePerThread,
  linked,
  type LocalFamily,
  LocalRef,
  manualAffinities,
  PerCore,
  PerNode,
  PerProcess,
  portable,
  RegionCached,
  RegionLocal,
  SharedCounter,
  Unaware,
} from "../../../mod.ts";
import { QueueMemory } from "../../../batching/shared/queue_memory.ts";
import type { QueueKind } from "../../../batching/shared/queue_plan.ts";
import { queueOf } from "../../../batching/shared/shared_queue.ts";
import { encode } from "../../../codec/encode.ts";
import { KIND } from "../../../codec/portable_kind.ts";
import { Reader } from "../../../codec/reader.ts";
import { Writer } from "../../../codec/writer.ts";
import type { Caller } from "../../../linked/caller.ts";
import { callable } from "../../../linked/family.ts";
import { knowFamilies } from "../../../linked/known_families.ts";
import { perRealm } from "../../../sync/thread/realm.ts";
import { foreignCallback } from "../../../workers/callbacks/callback.ts";

/** Made of its fields, and told where it is. */
export class Plain {
  declare readonly "~sendable": true;
  a: unknown = 1;
  b: unknown = "text";
  relocated(): void {}
  static {
    aware(import.meta.url, Plain);
  }
}

/** Made of what was taken of it, whatever that is. */
export class Made {
  declare readonly "~sendable": true;
  a: unknown;
  constructor(a: unknown) {
    this.a = a;
  }
  static {
    aware(import.meta.url, Made, {
      take: ({ a }) => a as number,
      make: (a) => new Made(a),
    });
  }
}

/** Whoever asks for one of its properties runs code. */
export class Loud {
  declare readonly "~sendable": true;
  get name(): never {
    throw new Error("Somebody asked");
  }
  get lifetime(): never {
    return this.name;
  }
  get id(): never {
    return this.name;
  }
  get index(): never {
    return this.name;
  }
  get buffer(): never {
    return this.name;
  }
  get cells(): never {
    return this.name;
  }
  get strategy(): never {
    return this.name;
  }
  static {
    aware(import.meta.url, Loud);
  }
}

/** Makes what lives in shared memory; it takes any arguments. */
export const newCounter: () => SharedCounter = portable(
  import.meta.url,
  function newCounter() {
    return new SharedCounter();
  },
);

/** Gives what it gets. */
export const echo: (data: unknown) => unknown = portable(
  import.meta.url,
  function echo(data: unknown) {
    return data;
  },
);

class Member {
  one(): number {
    return 1;
  }
}
const definition = linked(import.meta.url, "definition", {
  create: () => new Member(),
});
const local: LocalFamily<Member> = definition.family();

/** Nobody calls anything. */
const caller = {
  id: { runtime: "samples", number: 0 },
  size: 1,
} as unknown as Caller;
const family = callable(local, ["one"], caller);
knowFamilies("samples", (number) => number === 0 ? family : undefined);

const perThread: InstancePerThread<Member> = local.instancePerThread();

/** Of which nothing is disposed while the tests run. */
const handle = perThread.acquire();
const counted = new LocalRef(new SharedCounter(), { counted: true });

/** The kinds of the queues. */
const QUEUES: QueueKind[] = [];

/** By the number of the kind. */
export const SAMPLES: ReadonlyMap<number, readonly object[]> = new Map<
  number,
  object[]
>([
  [KIND.FAMILY, [family]],
  [KIND.CALLBACK, [callback(() => 1)]],
  [KIND.LOCAL_REF, [counted]],
  [KIND.CLOSURE, [closure([new Plain()], echo), closure(5, (n) => n)]],
  [KIND.INSTANCE_HANDLE, [handle]],
  [KIND.INSTANCE_PER_THREAD, [perThread]],
  [KIND.PER_AFFINITY, [
    new PerCore({ value: { n: 1 } }),
    new PerCore(newCounter),
    new PerCore(closure([1], echo)),
    new PerCore({ slots: [[1], [2]], at: manualAffinities([2])[1]! }),
    new PerNode(newCounter),
    new PerProcess(newCounter),
  ]],
  [KIND.REGION_CACHED, [new RegionCached({ n: 1 })]],
  [KIND.REGION_LOCAL, [
    new RegionLocal({ value: 5 }),
    new RegionLocal(newNumber),
  ]],
  [KIND.SHARED_QUEUE, [queue("values", "f64"), queue("background", "encoded")]],
]);

/** A queue that nobody processes. */
function queue(kind: QueueKind, form: "f64" | "encoded"): object {
  const ring = form === "f64"
    ? new BatchRing(form, 64)
    : new ByteBatchRing(64, 4096);
  return queueOf({
    id: 1_000_000 + QUEUES.push(kind),
    kind,
    form,
    lanes: [{ worker: 0, ring }],
    memory: QueueMemory.allocate(1).handle,
    processor: form === "f64" ? echo : closure([1], echo),
    maxBatch: 64,
    concurrency: Infinity,
    overflow: "wait",
    family: family as never,
  });
}

function newNumber(): number {
  return 7;
}

/** Values with instances and errors in them, which are no kinds. */
export const OTHERS: readonly object[] = [
  new Plain(),
  [new Made([new Plain()]), new Unaware(new Plain())],
  (() => {
    const plain = new Plain();
    plain.a = [plain, new Made(1)];
    return plain;
  })(),
  new RangeError("far", { cause: new Error("near") }),
  new AggregateError([new TypeError("one")], "some"),
  new SuppressedError(new Error("a"), new Error("b"), "both"),
  { n: 1n, at: new Date(0), bytes: new Uint8Array(5), map: new Map([[1, 2]]) },
];

/** Gives numbers to callbacks, and gets calls for them: as the two ends of a mailbox. */
const CONTEXT = {
  giver: { give: () => 3, takeBack: () => {} },
  getter: { get: () => foreignCallback(() => Promise.resolve()) },
};

/** What is written of a value, as an argument of a call. */
export function written(value: unknown): Writer {
  const out = new Writer(256);
  out.clear();
  out.context = CONTEXT;
  encode(out, value, "value");
  return out;
}

/** A frame of its own that has what was written. */
export function frameOf(out: Writer): Reader {
  const reader = Reader.of(out.bytes.slice(0, out.byteLength));
  reader.buffers = out.buffers ?? [];
  reader.moved = out.moved ?? [];
  reader.context = CONTEXT;
  return reader;
}

/** Puts the shared memory of some frames back as it is now. */
export function restoring(outs: readonly Writer[]): () => void {
  const buffers = new Set(outs.flatMap(({ buffers }) => buffers ?? []));
  const copies = [...buffers].map((buffer) =>
    [buffer, new Uint8Array(buffer).slice()] as const
  );
  return () => {
    for (const [buffer, copy] of copies) new Uint8Array(buffer).set(copy);
  };
}

/** As on a thread that nothing has come to yet: it knows no names. */
export function forgetNames(): void {
  const { byId, kept } = perRealm<
    Record<"byId" | "kept", Map<unknown, unknown>>
  >(
    "lifetimes",
    () => {
      throw new Error("Cannot forget names as there is no list of them");
    },
  );
  byId.clear();
  kept.clear();
  perRealm("batching/queues", () => new Map<number, unknown>()).clear();
}
