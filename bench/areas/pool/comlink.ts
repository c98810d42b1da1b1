import { type Remote, transfer, wrap } from "npm:comlink@4.4.2";
import type { Exposed } from "./comlink_host.ts";
import type { Bytes, Layout, Peer } from "./peer.ts";

/** comlink has no pool: several workers take turns. */
export async function start(layout: Layout): Promise<Peer> {
  const workers: Worker[] = [];
  const remotes: Remote<Exposed>[] = [];
  const { promise: failure, reject } = Promise.withResolvers<never>();
  failure.catch(() => {});
  for (let i = 0; i < layout.workers; i++) {
    const worker = new Worker(new URL("./comlink_host.ts", import.meta.url), {
      type: "module",
    });
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    workers.push(worker);
    remotes.push(wrap<Exposed>(worker));
  }

  let turn = 0;
  function next(): Remote<Exposed> {
    turn = (turn + 1) % remotes.length;
    return remotes[turn]!;
  }

  function close(): void {
    // The worker is ended at once, so the proxies need not be released first.
    for (const worker of workers) worker.terminate();
  }

  try {
    await Promise.race([
      failure,
      Promise.all(remotes.map((remote) => remote.increment(0))),
    ]);
  } catch (error) {
    close();
    throw error;
  }
  return {
    increment: (x) => next().increment(x),
    echo: <T>(value: T) => next().echo(value) as Promise<T>,
    echoMoved: (bytes: Bytes) =>
      next().echoMoved(transfer(bytes, [bytes.buffer])),
    close,
  };
}
