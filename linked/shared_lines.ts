/**
 * The lines of siblings on several threads: a channel for each of them.
 *
 * @module
 */

import { portableCodec } from "../codec/portable_codec.ts";
import { Channel } from "../sync/channel/channel.ts";
import type { ChannelHandle } from "../sync/channel/channel_handle.ts";
import type { Receiver } from "../sync/channel/receiver.ts";
import type { Sender } from "../sync/channel/sender.ts";
import type { SiblingLines } from "./sibling_lines.ts";

/** The channels of a family, as one thread uses them. */
export class SharedLines implements SiblingLines {
  readonly #channels: readonly Channel<unknown>[];
  readonly #senders: (Sender<unknown> | undefined)[] = [];

  /** Attaches to the channels of a family. */
  constructor(handles: readonly ChannelHandle[]) {
    this.#channels = handles.map((handle) =>
      Channel.from(handle, portableCodec<unknown>())
    );
  }

  send(to: number, message: unknown): void {
    const sender = this.#senders[to] ??= this.#channels[to]!.sender();
    sender.send(message);
  }

  open(index: number): Receiver<unknown> {
    return this.#channels[index]!.receiver();
  }
}

/**
 * The channels of a family, as the thread keeps them that has linked it. A channel is
 * over for good once a side of it has no end: so this thread has one on each side,
 * and workers come and go.
 */
export class KeptLines implements SiblingLines {
  /** Name the channels in a message. */
  readonly handles: readonly ChannelHandle[];
  readonly #channels: readonly Channel<unknown>[];
  readonly #senders: readonly Sender<unknown>[];
  readonly #receivers: readonly Receiver<unknown>[];

  /**
   * Makes the channels.
   *
   * @param count For so many workers.
   * @param reserve How many bytes of address space the messages for each have.
   */
  constructor(count: number, reserve: number) {
    const codec = portableCodec<unknown>();
    this.#channels = Array.from(
      { length: count },
      () => new Channel(codec, { reserve }),
    );
    this.#senders = this.#channels.map((channel) => channel.sender());
    this.#receivers = this.#channels.map((channel) => channel.receiver());
    this.handles = this.#channels.map(({ handle }) => handle);
  }

  send(to: number, message: unknown): void {
    this.#senders[to]!.send(message);
  }

  open(index: number): Receiver<unknown> {
    return this.#channels[index]!.receiver();
  }

  /** Drops what a worker left behind that was let go: the next one is another one. */
  clear(index: number): void {
    this.#receivers[index]!.drain();
  }

  /** Nothing is sent any more; who waits for a message is told. */
  close(): void {
    for (const channel of this.#channels) channel.close();
  }
}
