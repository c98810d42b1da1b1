import type { Peer } from "./peer.ts";

/**
 * Sends the bare buffer of bytes instead of their view.
 *
 * `node:worker_threads` of Deno visits every property of what it receives, and so every element of a typed array,
 * even when it is moved. A bare buffer has no elements to visit. This is what
 * a careful user of a pool that runs on it does.
 */
export function byBuffer(peer: Peer): Peer {
  return {
    ...peer,
    echo: <T>(value: T): PromiseLike<T> =>
      value instanceof Uint8Array
        ? peer.echo(value.buffer).then((buffer) => new Uint8Array(buffer) as T)
        : peer.echo(value),
  };
}
