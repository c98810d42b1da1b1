import { Runtime } from "../../../workers/mod.ts";
import { echo } from "./echo.ts";
import type { Layout, Peer } from "./peer.ts";

export async function start(layout: Layout): Promise<Peer> {
  const runtime = layout.name === "default"
    ? await Runtime.start()
    : await Runtime.start(
      layout.processor === undefined
        ? { workers: 1 }
        : { workers: 1, processors: [layout.processor] },
    );
  try {
    const family = await runtime.link(echo);
    if (layout.name === "default") {
      return {
        increment: (x) => family.any().increment(x),
        echo: <T>(value: T) => family.any().echo(value) as Promise<T>,
        close: () => runtime.close(),
      };
    }
    return {
      increment: (x) => family.on(0).increment(x),
      echo: <T>(value: T) => family.on(0).echo(value) as Promise<T>,
      close: () => runtime.close(),
    };
  } catch (error) {
    await runtime.close();
    throw error;
  }
}
