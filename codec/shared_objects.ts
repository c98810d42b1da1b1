/**
 * The classes whose instances live in shared memory: they are sent as handles
 * and attached on the other side.
 *
 * @module
 */

import { AutoResetEvent } from "../sync/waiting/auto_reset_event.ts";
import { Barrier } from "../sync/waiting/barrier.ts";
import { BatchRing } from "../sync/batch/batch_ring.ts";
import { BatchView } from "../sync/batch/batch_view.ts";
import { ByteBatchRing } from "../sync/batch/byte_batch_ring.ts";
import { ByteRing } from "../sync/queue/byte_ring.ts";
import { Broadcast } from "../sync/channel/broadcast.ts";
import { BroadcastReceiver } from "../sync/channel/broadcast_receiver.ts";
import { BroadcastSender } from "../sync/channel/broadcast_sender.ts";
import { builtInCodec } from "../sync/channel/built_in_codecs.ts";
import { Channel } from "../sync/channel/channel.ts";
import type { Codec } from "../sync/channel/codec.ts";
import { Oneshot } from "../sync/channel/oneshot.ts";
import { OneshotReceiver } from "../sync/channel/oneshot_receiver.ts";
import { OneshotSender } from "../sync/channel/oneshot_sender.ts";
import { Receiver } from "../sync/channel/receiver.ts";
import { Sender } from "../sync/channel/sender.ts";
import { Watch } from "../sync/channel/watch.ts";
import { WatchReceiver } from "../sync/channel/watch_receiver.ts";
import { WatchSender } from "../sync/channel/watch_sender.ts";
import { Condition } from "../sync/lock/condition.ts";
import { Deque } from "../sync/queue/deque.ts";
import type { SharedHandle } from "../sync/memory/handle.ts";
import { Latch } from "../sync/waiting/latch.ts";
import { ManualResetEvent } from "../sync/waiting/manual_reset_event.ts";
import { MpmcQueue } from "../sync/queue/mpmc_queue.ts";
import { Mutex } from "../sync/lock/mutex.ts";
import { Notify } from "../sync/waiting/notify.ts";
import { Once } from "../sync/waiting/once.ts";
import { OnceCell } from "../sync/value/once_cell.ts";
import { Parker } from "../sync/waiting/parker.ts";
import { RwLock } from "../sync/lock/rw_lock.ts";
import { Semaphore } from "../sync/waiting/semaphore.ts";
import { SpscRing } from "../sync/queue/spsc_ring.ts";
import { SharedCell } from "../sync/value/shared_cell.ts";
import { SharedCounter } from "../sync/value/shared_counter.ts";
import { SharedStruct } from "../sync/value/shared_struct.ts";
import { StripedCounter } from "../sync/value/striped_counter.ts";
import { portableCodec } from "./portable_codec.ts";
import { CorruptFrameError } from "./reader.ts";

interface Shared {
  readonly handle: SharedHandle;
}

interface SharedClass {
  // deno-lint-ignore no-explicit-any
  new (...args: any[]): Shared;
  // deno-lint-ignore no-explicit-any
  from(handle: any, codec?: any): Shared;
}

/** In the order of their numbers in a frame. */
const CLASSES: readonly SharedClass[] = [
  SharedCounter,
  Barrier,
  Mutex,
  Condition,
  Semaphore,
  Latch,
  Once,
  Parker,
  ManualResetEvent,
  AutoResetEvent,
  MpmcQueue,
  SpscRing,
  Deque,
  ByteRing,
  SharedCell,
  SharedStruct,
  Notify,
  OnceCell,
  StripedCounter,
  RwLock,
  Channel,
  Sender,
  Receiver,
  Oneshot,
  OneshotSender,
  OneshotReceiver,
  Broadcast,
  BroadcastSender,
  BroadcastReceiver,
  Watch,
  WatchSender,
  WatchReceiver,
  BatchRing,
  BatchView,
  ByteBatchRing,
];

const NUMBERS: ReadonlyMap<object, number> = new Map(
  CLASSES.map((type, number) => [type.prototype, number]),
);

/** The number of an object's class and the object's handle, if it is shared. */
export function sharedClassOf(
  value: object,
): { number: number; handle: SharedHandle } | undefined {
  const known = NUMBERS.get(Object.getPrototypeOf(value));
  // An instance of a class that extends one of them is sent as one of that.
  const number = known ?? CLASSES.findIndex((type) => value instanceof type);
  return number < 0 ? undefined : { number, handle: (value as Shared).handle };
}

/**
 * Why an object that lives in shared memory cannot be sent: it is a channel, or an
 * end of one, whose codec the other side cannot know.
 */
export function foreignCodecOf(value: object): string | undefined {
  const shared = sharedClassOf(value);
  if (shared === undefined) return undefined;
  const { kind, codec } = shared.handle as SharedHandle & { codec?: unknown };
  if (codec === undefined || codecNamed(codec) !== undefined) return undefined;
  return `has the codec "${codec}": send its 'handle', and attach with ${kind}.from(handle, codec)`;
}

/** The codec that each thread has by itself. */
function codecNamed(name: unknown): Codec<unknown> | undefined {
  const portable = portableCodec<unknown>();
  return name === portable.name ? portable : builtInCodec(name as string);
}

/**
 * Attaches to an object that another thread sent. For a sender or a receiver, that
 * opens one here.
 *
 * @throws {ChannelClosedError} If it is an end of a channel, of which no more can be
 * opened.
 */
export function attachShared(
  number: number,
  handle: SharedHandle | Record<string, unknown>,
): unknown {
  const known = CLASSES[number];
  if (known === undefined) {
    throw new CorruptFrameError(
      `Cannot decode shared object as its class is unknown: received ${number}`,
    );
  }
  const { codec } = handle as { codec?: unknown };
  return codec === undefined
    ? known.from(handle)
    : known.from(handle, codecNamed(codec));
}
