import { Pool, spawn, Transfer, Worker } from "npm:threads@1.7.0";
import { byBuffer } from "./by_buffer.ts";
import { EventEmitter } from "node:events";
import type { Bytes, Layout, Peer } from "./peer.ts";

// As its types want it: no interface.
type Exposed = {
  increment(x: number): number;
  echo(value: unknown): unknown;
  echoMoved(buffer: unknown): ArrayBuffer;
};

// Each task that waits for an answer listens to its worker: no leak, as Node would warn.
EventEmitter.defaultMaxListeners = 0;

export async function start(layout: Layout): Promise<Peer> {
  const pool = Pool(
    () => spawn<Exposed>(new Worker("./threads_host.ts")),
    // By default a worker is given one task at a time. Not more than this: it fills one worker before it takes the next.
    { size: layout.workers, concurrency: 64 },
  );
  async function close(): Promise<void> {
    await pool.terminate(true);
  }
  try {
    await pool.queue((thread) => thread.increment(0));
  } catch (error) {
    await close();
    throw error;
  }
  return byBuffer({
    increment: (x) => pool.queue((thread) => thread.increment(x)),
    echo: <T>(value: T) =>
      pool.queue((thread) => thread.echo(value)) as PromiseLike<T>,
    echoMoved: async ({ buffer }: Bytes) =>
      new Uint8Array(
        await pool.queue((thread) =>
          thread.echoMoved(Transfer(buffer, [buffer]))
        ),
      ),
    close,
  });
}
