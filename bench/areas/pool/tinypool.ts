import { Tinypool } from "npm:tinypool@2.2.0";
import type { Layout, Peer } from "./peer.ts";
import { optionsOf, peerOf } from "./run_pool.ts";

export function start(layout: Layout): Promise<Peer> {
  return peerOf(
    new Tinypool({
      ...optionsOf(layout, "./tinypool_tasks.ts"),
      // With its default, true, it hangs under Deno.
      useAtomics: false,
    }),
  );
}
