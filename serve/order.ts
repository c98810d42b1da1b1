/**
 * What the workers of a server are to do at the moment, in shared memory: those that take
 * the place of a lost one read it.
 *
 * @module
 */

import { textCodec } from "../sync/channel/built_in_codecs.ts";
import { Watch } from "../sync/channel/watch.ts";
import type { WatchHandle } from "../sync/channel/watch_handle.ts";
import type { WatchReceiver } from "../sync/channel/watch_receiver.ts";
import type { WatchSender } from "../sync/channel/watch_sender.ts";
import type { AppAddress } from "./app_address.ts";

/** The longest order, in bytes: an address and a few numbers. */
const MAX_BYTES = 8192;

/** What the workers of a server are to do. */
export interface Order {
  /** `waiting`: what they are told; `open`: listen; `closed`: nothing any more. */
  readonly phase: "waiting" | "open" | "closed";
  /** What to serve. */
  readonly app: AppAddress;
  /** The port that the first of them got. */
  readonly port: number | undefined;
}

/** The order of a server, which the thread that started it gives. */
export class Orders {
  readonly #watch: Watch<string>;
  readonly #sender: WatchSender<string>;
  /** A watch without receivers would be over. */
  readonly #receiver: WatchReceiver<string>;

  /** Gives the first one. */
  constructor(first: Order) {
    this.#watch = new Watch(textCodec, JSON.stringify(first), {
      maxBytes: MAX_BYTES,
    });
    this.#sender = this.#watch.sender();
    this.#receiver = this.#watch.receiver();
  }

  /** Names them in a message. */
  get handle(): WatchHandle {
    return this.#watch.handle;
  }

  /** The last one. */
  get last(): Order {
    return JSON.parse(this.#receiver.borrow()) as Order;
  }

  /** Gives another one, which differs so far. */
  change(change: Partial<Order>): void {
    this.#sender.send(JSON.stringify({ ...this.last, ...change }));
  }

  /** Gives no more. */
  close(): void {
    this.#sender.close();
    this.#receiver.close();
  }
}

/** Reads the order of a server, on a worker. */
export function readOrder(handle: WatchHandle): Order {
  using receiver = Watch.from(handle, textCodec).receiver();
  return JSON.parse(receiver.borrow()) as Order;
}
