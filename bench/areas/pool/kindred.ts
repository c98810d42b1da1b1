import { move } from "../../../codec/mod.ts";
import { Runtime, type RuntimeOptions } from "../../../workers/mod.ts";
import { echo } from "./echo.ts";
import type { Bytes, Layout, Peer } from "./peer.ts";

/** The options of the runtime that has this layout. */
export function optionsOf(layout: Layout): RuntimeOptions {
  const { name, workers, processor } = layout;
  if (name === "default") return {};
  return processor === undefined
    ? { workers }
    : { workers, processors: [processor] };
}

/** Methods of a family. */
export async function start(layout: Layout): Promise<Peer> {
  const runtime = await Runtime.start(optionsOf(layout));
  try {
    const family = await runtime.link(echo);
    const next = layout.workers === 1 ? () => family.on(0) : () => family.any();
    return {
      increment: (x) => next().increment(x),
      echo: <T>(value: T) => next().echo(value) as Promise<T>,
      echoMoved: (bytes: Bytes) => next().echoMoved(move(bytes)),
      close: () => runtime.close(),
    };
  } catch (error) {
    await runtime.close();
    throw error;
  }
}
