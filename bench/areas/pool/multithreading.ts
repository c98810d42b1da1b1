import { initRuntime, move, shutdown, spawn } from "npm:multithreading@0.3.52";
import type { Bytes, Layout, Peer } from "./peer.ts";

/** There is one pool in a process; functions travel as text, once to each worker. */
export async function start(layout: Layout): Promise<Peer> {
  initRuntime({ maxWorkers: layout.workers });
  const increment = (x: number) => x + 1;
  const echo = (value: unknown) => value;

  async function run<R>(
    task: {
      join(): Promise<{ ok: true; value: R } | { ok: false; error: unknown }>;
    },
  ): Promise<R> {
    const result = await task.join();
    if (!result.ok) throw result.error;
    return result.value;
  }

  try {
    // As many at once as there are workers: each gets one, and the text with it. A burst of more would find workers
    // that have been sent the text and have not compiled it, which fails in Deno.
    for (
      const warm of [
        () => spawn(move(0), increment),
        () => spawn(move(0 as unknown), echo),
      ]
    ) {
      await Promise.all(
        Array.from({ length: layout.workers }, () => run<unknown>(warm())),
      );
    }
  } catch (error) {
    shutdown();
    throw error;
  }
  return {
    increment: (x) => run(spawn(move(x), increment)),
    // It moves bytes whether one wants that or not: who wants to keep them copies them.
    echo: <T>(value: T) =>
      run(spawn(
        move(value instanceof Uint8Array ? value.slice() as unknown : value),
        echo,
      )) as Promise<T>,
    echoMoved: (bytes: Bytes) =>
      run(spawn(move(bytes as unknown), echo)) as Promise<Bytes>,
    close: () => shutdown(),
  };
}
