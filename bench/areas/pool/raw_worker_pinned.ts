import type { Layout, Peer } from "./peer.ts";
import { startWith } from "./raw_worker.ts";

/** The raw Worker on a processor of its own: tells how much of a difference is the pinning alone. */
export async function start(layout: Layout): Promise<Peer> {
  const { processor } = layout;
  if (processor === undefined) throw new Error("Threads cannot be pinned here");
  return await startWith(
    layout,
    () =>
      new Worker(new URL("./raw_worker_pinned_host.ts", import.meta.url), {
        type: "module",
        name: String(processor),
      }),
  );
}
