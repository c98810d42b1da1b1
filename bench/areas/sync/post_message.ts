/**
 * Messages to a worker by `postMessage`, which is what everybody has.
 *
 * @module
 */
import type { Running } from "../../harness/scenario.ts";
import type { Order } from "./post_message_host.ts";

/** Starts a worker that counts messages and answers when it has as many as it was told. */
async function startHost(): Promise<{
  post(message: unknown): void;
  expect(order: Order): Promise<void>;
  close(): void;
}> {
  const worker = new Worker(
    new URL("./post_message_host.ts", import.meta.url),
    {
      type: "module",
    },
  );
  let settle = Promise.withResolvers<void>();
  worker.onmessage = () => settle.resolve();
  worker.onerror = (event) => {
    event.preventDefault();
    settle.reject(new Error(event.message));
  };
  await settle.promise;
  return {
    post: (message) => worker.postMessage(message),
    expect: (order) => {
      settle = Promise.withResolvers<void>();
      worker.postMessage(order);
      return settle.promise;
    },
    close: () => worker.terminate(),
  };
}

/** So many messages one way, and one answer to all of them. */
export async function stream(message: unknown): Promise<Running> {
  const host = await startHost();
  return {
    run: async (count) => {
      const all = host.expect({ count });
      for (let k = 0; k < count; k++) host.post(message);
      await all;
      return count;
    },
    close: () => host.close(),
  };
}

/** One message there and one back, so many times. */
export async function pingPong(): Promise<Running> {
  const host = await startHost();
  return {
    run: async (count) => {
      for (let k = 0; k < count; k++) await host.expect({ count: 0 });
      return count;
    },
    close: () => host.close(),
  };
}
