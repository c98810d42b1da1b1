import { move } from "../../../codec/mod.ts";
import { Runtime, type Spawner } from "../../../workers/mod.ts";
import { echoMoved } from "./echo.ts";
import { optionsOf } from "./kindred.ts";
import type { Bytes, Layout, Peer } from "./peer.ts";

/** Self-contained functions, run by whichever worker is free; one that moves its result is exported. */
export function start(layout: Layout): Promise<Peer> {
  return startWith(layout, (runtime) => runtime);
}

/** The same, bound to worker 0. */
export function startBound(layout: Layout): Promise<Peer> {
  return startWith(layout, (runtime) => runtime.on(0));
}

async function startWith(
  layout: Layout,
  spawnerOf: (runtime: Runtime) => Spawner,
): Promise<Peer> {
  const runtime = await Runtime.start(optionsOf(layout));
  const spawner = spawnerOf(runtime);
  // Written once: what is known by its identity is not read again.
  const increment = (x: number) => x + 1;
  const echo = (value: unknown) => value;
  return {
    increment: (x) => spawner.spawn(increment, x),
    echo: <T>(value: T) => spawner.spawn(echo, value) as PromiseLike<T>,
    echoMoved: (bytes: Bytes) => spawner.spawn(echoMoved, move(bytes)),
    close: () => runtime.close(),
  };
}
