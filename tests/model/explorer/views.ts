/**
 * Views on shared memory that show each access to the explorer.
 *
 * They are proxies on the engine's views. A method that only reads works on a
 * private copy, taken in one access of the whole view; one that writes changes
 * such a copy and stores what it wrote in one access.
 *
 * @module
 */

import type { IntegerViews, ViewFactory } from "../../../sync/memory/memory.ts";
import type { Native, SharedMemory, View, Word } from "./shared_memory.ts";

/** Who does the plain accesses. */
export interface PlainAccess {
  /** Reads elements: one as a value, several as a private copy. */
  read(view: View, index: number): Word;
  readAll(view: View): Native;
  write(view: View, index: number, value: Word): void;
  /** Stores elements one after the other, from an index on. */
  writeAll(view: View, index: number, values: ArrayLike<Word>): void;
}

interface Constructor {
  new (buffer: SharedArrayBuffer, offset: number, length: number): Native;
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
}
type Method = (...args: never[]) => unknown;
const REWRITING: ReadonlySet<PropertyKey> = new Set(["sort", "reverse"]);

/** A relative index as the built-in methods take it. */
function clamp(index: number | undefined, length: number, otherwise: number) {
  if (index === undefined) return otherwise;
  const whole = Math.trunc(index) || 0;
  return whole < 0 ? Math.max(length + whole, 0) : Math.min(whole, length);
}

/** Makes the views of one exploration. */
export class ModelViews implements ViewFactory {
  readonly #memory: SharedMemory;
  readonly #access: PlainAccess;
  readonly #made = new Map<SharedArrayBuffer, Map<string, Native>>();

  constructor(memory: SharedMemory, access: PlainAccess) {
    this.#memory = memory;
    this.#access = access;
  }

  words(
    buffer: SharedArrayBuffer,
    offset: number,
    length: number,
  ): Int32Array<SharedArrayBuffer> {
    const view = this.#view(Int32Array, buffer, offset, length);
    return view as Int32Array<SharedArrayBuffer>;
  }

  longs(
    buffer: SharedArrayBuffer,
    offset: number,
    length: number,
  ): BigInt64Array<SharedArrayBuffer> {
    const view = this.#view(BigInt64Array, buffer, offset, length);
    return view as BigInt64Array<SharedArrayBuffer>;
  }

  bytes(
    buffer: SharedArrayBuffer,
    offset: number,
    length: number,
  ): Uint8Array<SharedArrayBuffer> {
    const view = this.#view(Uint8Array, buffer, offset, length);
    return view as Uint8Array<SharedArrayBuffer>;
  }

  doubles(
    buffer: SharedArrayBuffer,
    offset: number,
    length: number,
  ): Float64Array<SharedArrayBuffer> {
    const view = this.#view(Float64Array, buffer, offset, length);
    return view as Float64Array<SharedArrayBuffer>;
  }

  integers(
    buffer: SharedArrayBuffer,
    offset: number,
    bytes: number,
  ): IntegerViews {
    const view = (kind: Constructor) =>
      this.#view(
        kind,
        buffer,
        offset,
        Math.floor(bytes / kind.BYTES_PER_ELEMENT),
      );
    return {
      i8: view(Int8Array) as Int8Array,
      u8: view(Uint8Array) as Uint8Array,
      i16: view(Int16Array) as Int16Array,
      u16: view(Uint16Array) as Uint16Array,
      i32: view(Int32Array) as Int32Array,
      u32: view(Uint32Array) as Uint32Array,
      i64: view(BigInt64Array) as BigInt64Array,
      u64: view(BigUint64Array) as BigUint64Array,
    };
  }

  /** The same arguments give the same view: re-executions make many. */
  #view(
    kind: Constructor,
    buffer: SharedArrayBuffer,
    offset: number,
    length: number,
  ): Native {
    let made = this.#made.get(buffer);
    if (!made) this.#made.set(buffer, made = new Map());
    const key = `${kind.name} ${offset} ${length}`;
    let view = made.get(key);
    if (!view) {
      view = this.#proxy(new kind(buffer, offset, length));
      made.set(key, view);
    }
    return view;
  }

  #proxy(native: Native): Native {
    const access = this.#access;
    const methods = new Map<PropertyKey, Method>();
    const proxy: Native = new Proxy(native, {
      get: (target, key) => {
        if (typeof key === "string" && isIndex(key)) {
          const index = Number(key);
          return index < target.length ? access.read(view, index) : undefined;
        }
        const known = methods.get(key);
        if (known) return known;
        const value = Reflect.get(target, key, target);
        if (typeof value !== "function" || key === "constructor") return value;
        const method = this.#method(view, proxy, key);
        methods.set(key, method);
        return method;
      },
      set: (target, key, value) => {
        if (typeof key !== "string" || !isIndex(key)) {
          return Reflect.set(target, key, value, target);
        }
        const index = Number(key);
        if (index < target.length) access.write(view, index, value);
        return true;
      },
    });
    const view = this.#memory.register(proxy, native);
    return proxy;
  }

  #method(view: View, proxy: Native, key: PropertyKey): Method {
    const access = this.#access;
    const { length, byteOffset, buffer, BYTES_PER_ELEMENT } = view.native;
    if (key === "subarray") {
      return (from?: number, to?: number) => {
        const start = clamp(from, length, 0);
        const end = Math.max(clamp(to, length, length), start);
        return this.#view(
          view.native.constructor as unknown as Constructor,
          buffer,
          byteOffset + start * BYTES_PER_ELEMENT,
          end - start,
        );
      };
    }
    if (key === "set") {
      return (source: ArrayLike<Word>, offset = 0) => {
        const other = this.#memory.view(source);
        const values = other ? access.readAll(other) : Array.from(source);
        if (offset < 0 || offset + values.length > length) {
          throw new RangeError("offset is out of bounds");
        }
        access.writeAll(view, offset, values as ArrayLike<Word>);
      };
    }
    if (key === "fill") {
      return (value: Word, from?: number, to?: number) => {
        const start = clamp(from, length, 0);
        const count = Math.max(clamp(to, length, length) - start, 0);
        access.writeAll(view, start, Array<Word>(count).fill(value));
        return proxy;
      };
    }
    if (key === "copyWithin") {
      return (to: number, from: number, until?: number) => {
        const start = clamp(from, length, 0);
        const target = clamp(to, length, 0);
        const end = Math.min(
          clamp(until, length, length),
          start + length - target,
        );
        const part = this.#view(
          view.native.constructor as unknown as Constructor,
          buffer,
          byteOffset + start * BYTES_PER_ELEMENT,
          Math.max(end - start, 0),
        );
        const values = access.readAll(this.#memory.view(part)!);
        access.writeAll(view, target, values as ArrayLike<Word>);
        return proxy;
      };
    }
    if (key === "slice") {
      return (from?: number, to?: number) => {
        const { subarray } = proxy as Int32Array<SharedArrayBuffer>;
        const part = subarray(from, to);
        return access.readAll(this.#memory.view(part)!);
      };
    }
    return (...args: unknown[]) => {
      const copy = access.readAll(view);
      const method = Reflect.get(copy, key, copy) as (
        ...args: unknown[]
      ) => unknown;
      const result = method.apply(copy, args);
      if (!REWRITING.has(key)) return result;
      access.writeAll(view, 0, copy as ArrayLike<Word>);
      return proxy;
    };
  }
}

function isIndex(key: string): boolean {
  const first = key.charCodeAt(0);
  return first >= 48 && first <= 57;
}
