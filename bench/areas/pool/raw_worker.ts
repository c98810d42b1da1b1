import type { Bytes, Layout, Peer } from "./peer.ts";
import type { Reply, Request } from "./raw_worker_host.ts";

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** A web Worker and nothing else: what a careful user writes by hand. */
export function start(layout: Layout): Promise<Peer> {
  return startWith(
    layout,
    () =>
      new Worker(new URL("./raw_worker_host.ts", import.meta.url), {
        type: "module",
      }),
  );
}

/** The same with workers of the caller's making. */
export async function startWith(
  layout: Layout,
  create: () => Worker,
): Promise<Peer> {
  const pending = new Map<number, Pending>();
  let lastId = 0;

  // The handlers are set right after the start: a message that comes before them would be lost.
  const workers = Array.from({ length: layout.workers }, () => {
    const worker = create();
    worker.onmessage = ({ data: [id, value, error] }: MessageEvent<Reply>) => {
      const call = pending.get(id);
      pending.delete(id);
      if (error === undefined) call?.resolve(value);
      else call?.reject(new Error(error));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      for (const call of pending.values()) {
        call.reject(new Error(event.message));
      }
      pending.clear();
    };
    return worker;
  });

  function call(
    method: Request[1],
    value: unknown,
    transfer?: Transferable[],
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      pending.set(id, { resolve, reject });
      const worker = workers[id % workers.length]!;
      const request: Request = [id, method, value];
      if (transfer === undefined) worker.postMessage(request);
      else worker.postMessage(request, transfer);
    });
  }

  function close(): void {
    for (const worker of workers) worker.terminate();
  }

  try {
    // One call to each: the ids go round.
    await Promise.all(workers.map(() => call("increment", 0)));
  } catch (error) {
    close();
    throw error;
  }
  return {
    increment: (x) => call("increment", x) as Promise<number>,
    echo: <T>(value: T) => call("echo", value) as Promise<T>,
    echoMoved: (bytes: Bytes) =>
      call("echoMoved", bytes, [bytes.buffer]) as Promise<Bytes>,
    close,
  };
}
