/**
 * A socket of Node as a connection of Deno.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { TcpConnection } from "./tcp_app.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How much a stream reads at once, in bytes. */
const CHUNK = 65_536;

/** The errors of Deno, by the codes that Node gives them. */
const ERRORS: Readonly<Record<string, keyof typeof Deno.errors>> = {
  ECONNABORTED: "ConnectionAborted",
  ECONNRESET: "ConnectionReset",
  ENOTCONN: "NotConnected",
  EPIPE: "BrokenPipe",
  ERR_STREAM_DESTROYED: "BadResource",
  ERR_STREAM_WRITE_AFTER_END: "BrokenPipe",
  ETIMEDOUT: "TimedOut",
};

/** What happens to a socket that somebody may wait for. */
const CHANGES = ["readable", "end", "close", "error"] as const;

/**
 * A socket of Node as a connection of Deno: what is closed throws `BadResource`, and the
 * end of a stream closes it.
 */
export class NodeConnection implements TcpConnection {
  readonly localAddr: Deno.NetAddr;
  readonly remoteAddr: Deno.NetAddr;
  readonly #socket: Socket;
  #readable: ReadableStream<Bytes> | undefined;
  #writable: WritableStream<Bytes> | undefined;
  #isClosed = false;
  #failure: Error | undefined;

  /** Of a socket that nobody reads yet. */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.localAddr = addressOf(socket.localAddress, socket.localPort);
    this.remoteAddr = addressOf(socket.remoteAddress, socket.remotePort);
    socket.on("error", (error) => {
      this.#failure = inDeno(error);
    });
  }

  get readable(): ReadableStream<Bytes> {
    return this.#readable ??= new ReadableStream({
      pull: async (controller) => {
        const chunk = new Uint8Array(CHUNK);
        const length = await this.read(chunk);
        if (length !== null) {
          return controller.enqueue(chunk.subarray(0, length));
        }
        this.#end();
        controller.close();
      },
      cancel: () => this.#end(),
    }, { highWaterMark: 0 });
  }

  get writable(): WritableStream<Bytes> {
    return this.#writable ??= new WritableStream({
      write: async (chunk) => {
        await this.write(chunk);
      },
      close: () => this.#end(),
      abort: () => this.#end(),
    });
  }

  async read(into: Uint8Array): Promise<number | null> {
    const socket = this.#socket;
    for (;;) {
      this.#check("read");
      const waiting = socket.readableLength;
      const size = Math.min(waiting, into.length);
      const chunk: Uint8Array | null = size > 0
        ? socket.read(size)
        : socket.read(0);
      if (chunk !== null) {
        into.set(chunk);
        return chunk.length;
      }
      if (socket.readableEnded) return null;
      await this.#change();
    }
  }

  write(bytes: Uint8Array): Promise<number> {
    this.#check("write");
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => {
        if (error) reject(this.#failure ?? inDeno(error));
        else resolve(bytes.length);
      });
    });
  }

  async closeWrite(): Promise<void> {
    this.#check("end");
    await new Promise<void>((resolve) => this.#socket.end(() => resolve()));
  }

  close(): void {
    this.#check("close");
    this.#end();
  }

  [Symbol.dispose](): void {
    this.#end();
  }

  #end(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #check(action: string): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isClosed) {
      throw new Deno.errors.BadResource(
        `Cannot ${action} as the connection is closed`,
      );
    }
  }

  /** Waits until something has happened. */
  #change(): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const changed = () => {
        for (const change of CHANGES) socket.off(change, changed);
        resolve();
      };
      for (const change of CHANGES) socket.on(change, changed);
    });
  }
}

function inDeno(error: Error & { code?: string }): Error {
  const name = ERRORS[error.code ?? ""];
  return name === undefined ? error : new Deno.errors[name](error.message);
}

function addressOf(hostname = "", port = 0): Deno.NetAddr {
  return { transport: "tcp", hostname, port };
}
