/**
 * How values travel that are the same object each time that they arrive.
 *
 * @module
 */

import { type PortableKind, registerPortable } from "../codec/portable_kind.ts";
import { CorruptFrameError, type Reader } from "../codec/reader.ts";
import { sentFields } from "../codec/sent_fields.ts";
import type { Writer } from "../codec/writer.ts";
import {
  areLifetimeParts,
  giveName,
  keepArrived,
  type Lifetime,
  type LifetimeParts,
  valueNamed,
} from "./lifetime.ts";

/** How the values of a class are sent. */
export interface KeptKind<T extends object, D> {
  /** Which kind it is in a frame: the same on all threads. */
  readonly number: number;
  /** The class. */
  // deno-lint-ignore no-explicit-any -- `unknown` would refuse typed parameters
  readonly type: new (...args: any[]) => T;
  /** What is sent instead of a value. */
  encode(value: T, out: Writer): D;
  /** Makes the value of that; undefined if it is incomplete. */
  decode(data: unknown, from: Reader): T | undefined;
}

/** What is sent. */
interface Sent {
  readonly lifetime: LifetimeParts;
  readonly data: object;
}

/** Why what needs shared memory cannot go where a frame goes; undefined if it can. */
export function refusedWithout(
  what: string,
  { buffers }: Writer,
): string | undefined {
  return buffers === undefined
    ? `is a ${what}: shared memory cannot be sent in a message, only in a call or as part of a family's shared state`
    : undefined;
}

/** Registers a class. */
export function registerKept<T extends object, D extends object>(
  { number, type, encode, decode }: KeptKind<T, D>,
): void {
  const lifetimes = new WeakMap<T, Lifetime>();
  const kind: PortableKind<T, Sent> = {
    number,
    is: (value): value is T => value instanceof type,
    refuse: (_, out) => refusedWithout(type.name, out),
    encode: (value, out) => {
      const data = encode(value, out);
      let lifetime = lifetimes.get(value);
      if (lifetime === undefined) {
        lifetimes.set(value, lifetime = giveName(value));
      }
      return { lifetime: lifetime.parts, data };
    },
    decode: (sent, from) => {
      const { lifetime, data } = sentFields<Sent>(sent);
      if (areLifetimeParts(lifetime)) {
        const there = valueNamed(lifetime.id);
        if (there instanceof type) return there;
        const value = there === undefined ? decode(data, from) : undefined; // the name is that of something else
        if (value !== undefined) {
          lifetimes.set(value, keepArrived(value, lifetime));
          return value;
        }
      }
      throw new CorruptFrameError(
        `Cannot decode ${type.name} as what was sent is incomplete`,
      );
    },
  };
  registerPortable(kind);
}
