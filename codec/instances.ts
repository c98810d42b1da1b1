/**
 * Instances of registered classes to bytes and back, and what keeps them from being
 * told that they have moved.
 *
 * @module
 */

import { decodeValue, define } from "./decode_value.ts";
import { encodeValue } from "./encode.ts";
import { type InstanceClass, instanceClass } from "./instance_classes.ts";
import { whileReading } from "./reading.ts";
import { CorruptFrameError, type Reader } from "./reader.ts";
import { encodePart, reserve } from "./special_values.ts";
import { INSTANCE } from "./tag.ts";
import { decodeKey, encodeText } from "./text.ts";
import { Unaware } from "./unaware.ts";
import type { Writer } from "./writer.ts";

/** Writes an instance of a class that the other side imports. */
export function encodeInstance(
  out: Writer,
  value: object,
  type: InstanceClass,
  depth: number,
): void {
  out.word((out.exportPlace(type.at) << 8) | INSTANCE);
  if (type.take !== undefined) {
    return encodePart(out, value, type.take(value), depth);
  }
  const at = out.length;
  out.word(0);
  let count = 0;
  const { transient } = type;
  const inherits = out.inherits || type.inherits;
  for (const key in value) {
    if (inherits && !Object.hasOwn(value, key)) continue;
    if (transient.size > 0 && transient.has(key)) continue;
    encodeText(out, key);
    encodeValue(out, (value as Record<string, unknown>)[key], depth);
    count++;
  }
  out.words[at] = count;
}

/** Reads an instance of a class that this thread has. */
export function decodeInstance(from: Reader, number: number): unknown {
  const { arrival } = from;
  const type = arrival?.exports[number];
  const known = type === undefined ? undefined : instanceClass(type);
  if (known === undefined) {
    throw new CorruptFrameError(
      `Cannot decode instance as its class is not registered here: received ${number}`,
    );
  }
  const place = reserve(from);
  let instance: object;
  from.enter();
  if (known.make !== undefined) {
    const data = decodeValue(from);
    instance = whileReading(() => known.make!(data));
  } else {
    instance = Object.create(known.prototype);
    if (place >= 0) from.objects![place] = instance;
    decodeFields(from, instance, known);
  }
  from.leave();
  const value = arrival!.tell(instance);
  if (place >= 0) from.objects![place] = value;
  return value;
}

function decodeFields(
  from: Reader,
  instance: object,
  { skip, names }: InstanceClass,
): void {
  for (let left = from.count(2); left > 0; left--) {
    const key = decodeKey(from);
    const isSkipped = skip.size > 0 && skip.has(key);
    const value = isSkipped ? decodeUntold(from) : decodeValue(from);
    // The class may have a setter of that name.
    if (names.has(key)) define(instance, key, value);
    else (instance as Record<string, unknown>)[key] = value;
  }
}

/** Reads what is not told that it is here. */
export function decodeUnaware(from: Reader): unknown {
  const place = reserve(from);
  from.enter();
  const value = new Unaware(decodeUntold(from));
  from.leave();
  if (place >= 0) from.objects![place] = value;
  return value;
}

/** Reads a value in which nothing is told that it is here. */
function decodeUntold(from: Reader): unknown {
  const { arrival } = from;
  if (arrival === undefined) return decodeValue(from);
  arrival.unaware++;
  const value = decodeValue(from);
  arrival.unaware--;
  return value;
}
