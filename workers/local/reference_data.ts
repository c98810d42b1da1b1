/**
 * What a reference refers to, as one thread has it.
 *
 * @module
 */

import { isRoomFor, sentFields } from "../../codec/sent_fields.ts";
import { LINE, type SharedSlice } from "../../sync/memory/memory.ts";
import {
  currentThread,
  type ThreadId,
  type ThreadRegistry,
  type ThreadRegistryHandle,
} from "../../sync/thread/thread.ts";
import { RuntimeClosedError } from "../errors.ts";
import type { Commons, CommonsHandle } from "./commons.ts";
import type { Home } from "./home.ts";
import { decodeData, type EncodedData } from "./owned_data.ts";
import { ReferenceCount } from "./reference_count.ts";

/** Who owns data, and which of that owner's it is. */
export interface DataName {
  /** The runtime, or the thread if it was made outside of any. */
  readonly runtime: string;
  /** The worker; undefined: another thread. */
  readonly worker: number | undefined;
  /** The thread. */
  readonly thread: ThreadId;
  /** Which of that thread's it is. */
  readonly number: number;
}

/** Data of a thread, as it is sent to the others of the runtime. */
export interface SentData extends EncodedData {
  /** Names it. */
  readonly name: DataName;
  /** Where its references are counted; undefined: they are not. */
  readonly count: SharedSlice | undefined;
}

/** Data of a thread, as any thread can attach to it. */
export interface DataHandle extends SentData {
  /** The commons of the runtime; undefined: it was made outside of any. */
  readonly commons: CommonsHandle | undefined;
  /** The records of the runtime's threads. */
  readonly threads: ThreadRegistryHandle;
}

/** What {@linkcode ReferenceData} is made of. */
export interface DataParts extends SentData {
  /** The commons of the runtime; undefined only for counted references. */
  readonly commons?: Commons | undefined;
  /** The records of the threads; undefined: those of this thread. */
  readonly threads?: ThreadRegistry;
  /** The data, on the thread that owns it. */
  readonly value?: object;
  /** The owner's home, there. */
  readonly home?: Home | undefined;
}

/** Data that a thread owns. */
export class ReferenceData {
  /** Names it. */
  readonly name: DataName;
  /** How many references there are; undefined: that does not matter. */
  readonly count: ReferenceCount | undefined;
  /** On the thread that owns it: it was disposed. */
  isDisposed = false;
  readonly #encoded: EncodedData;
  readonly #commons: Commons | undefined;
  readonly #threads: ThreadRegistry;
  readonly #home: Home | undefined;
  #value: object | undefined;

  /** Attaches to it when it is first asked for. */
  constructor(parts: DataParts) {
    const { name, count, bytes, buffers, commons, threads, value, home } =
      parts;
    this.name = name;
    this.count = count && new ReferenceCount(count);
    this.#encoded = { bytes, buffers };
    this.#commons = commons;
    this.#threads = threads ?? currentThread().threads;
    this.#value = value;
    this.#home = home;
  }

  /** The data. */
  get value(): object {
    return this.#value ??= decodeData(this.#encoded);
  }

  /**
   * Checks that its owner still has it.
   *
   * @throws {RuntimeClosedError} If not.
   */
  check(): void {
    if (this.isDisposed || (this.#isOver && !this.#isMine)) {
      throw new RuntimeClosedError("use reference");
    }
  }

  /** Whether the thread that owns it was lost. */
  get isOwnerLost(): boolean {
    // A thread that has left in good order has disposed it before.
    return !this.#isOver && !this.#threads.isLive(this.name.thread);
  }

  /** As it is sent to another thread of the runtime. */
  get sent(): SentData {
    const { name, count } = this;
    return { name, count: count?.memory, ...this.#encoded };
  }

  /** As it is sent to any thread. */
  get handle(): DataHandle {
    return {
      ...this.sent,
      commons: this.#commons?.handle,
      threads: this.#threads.handle,
    };
  }

  get #isOver(): boolean {
    return this.count === undefined
      ? this.#commons!.isClosed
      : this.count.isOver;
  }

  /** The owner's disposers can use what they have not disposed. */
  get #isMine(): boolean {
    return this.#home !== undefined && !this.#home.isClosed;
  }
}

/** Whether what comes from another thread can be {@linkcode ReferenceData.sent}. */
export function isWhole(sent: unknown): sent is SentData {
  const { name, count, bytes, buffers } = sentFields<SentData>(sent);
  const { runtime, worker, thread, number } = sentFields<DataName>(name);
  return typeof runtime === "string" && isWord(thread) &&
    isWord(number) && (worker === undefined || isWord(worker)) &&
    bytes instanceof Uint8Array && bytes.length % 4 === 0 &&
    bytes.byteOffset % 4 === 0 &&
    Array.isArray(buffers) &&
    buffers.every((buffer) => buffer instanceof SharedArrayBuffer) &&
    (count === undefined || isLine(count));
}

function isWord(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}

function isLine(count: unknown): boolean {
  return isRoomFor(LINE, count) && count.byteOffset % LINE === 0;
}

/** A text that no other data has. */
export function keyOf({ runtime, worker, thread, number }: DataName): string {
  return `${runtime}/${worker ?? ""}/${thread}/${number}`;
}
