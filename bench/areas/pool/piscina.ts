import { Piscina } from "npm:piscina@5.3.2";
import type { Layout, Peer } from "./peer.ts";
import { optionsOf, peerOf } from "./run_pool.ts";

export function start(layout: Layout): Promise<Peer> {
  return peerOf(new Piscina(optionsOf(layout, "./piscina_tasks.ts")));
}
