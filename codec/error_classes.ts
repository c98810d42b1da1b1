/**
 * Classes of errors that arrive as what they are, and not by their name only.
 *
 * @module
 */

import { BarrierBrokenError } from "../sync/waiting/barrier_broken_error.ts";
import { ChannelClosedError } from "../sync/channel/channel_closed_error.ts";
import { ChannelReserveError } from "../sync/channel/reserve_error.ts";
import { LaggedError } from "../sync/channel/lagged_error.ts";
import { MessageDecodeError } from "../sync/channel/message_decode_error.ts";
import { DequeOwnerLostError } from "../sync/queue/deque_owner_lost_error.ts";
import { DeadlockError, LockPoisonedError } from "../sync/lock/lock_errors.ts";
import { OncePoisonedError } from "../sync/waiting/once.ts";
import { SemaphoreClosedError } from "../sync/waiting/permits.ts";
import { RingEndLostError } from "../sync/queue/ring_end.ts";
import { MissingExportsError } from "./missing_exports_error.ts";
import { NotHereError } from "./not_here_error.ts";
import { CorruptFrameError } from "./reader.ts";

const PROTOTYPES = new Map<string, Error>();
const NAMES = new Map<object, string>();

/**
 * Registers a class of errors: its instances arrive as such, with all their own
 * properties, without a call of the constructor. On a thread that has not loaded the
 * class they arrive as an `Error` of that name.
 */
export function registerError(
  type: { readonly name: string; readonly prototype: Error },
): void {
  PROTOTYPES.set(type.name, type.prototype);
  NAMES.set(type.prototype, type.name);
}

/** The name of the registered class of an error. */
export function nameOfClass(error: Error): string | undefined {
  return NAMES.get(Object.getPrototypeOf(error));
}

/** The prototype of a class that is registered. */
export function prototypeOfClass(name: string): Error | undefined {
  return PROTOTYPES.get(name);
}

for (
  const type of [
    BarrierBrokenError,
    ChannelClosedError,
    ChannelReserveError,
    CorruptFrameError,
    DeadlockError,
    DequeOwnerLostError,
    LaggedError,
    LockPoisonedError,
    MessageDecodeError,
    MissingExportsError,
    NotHereError,
    OncePoisonedError,
    RingEndLostError,
    SemaphoreClosedError,
  ]
) registerError(type);
