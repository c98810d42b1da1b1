/**
 * Sharing a port where Deno's own sockets cannot: those of `node:net` can.
 *
 * @module
 */

import type { Server } from "node:net";

/**
 * Lets a server of Node listen on a port that others can share.
 *
 * @returns Where it listens.
 * @throws If it cannot.
 */
export async function listenShared(
  server: Server,
  port: number,
  host: string = "0.0.0.0",
): Promise<Deno.NetAddr> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, reusePort: true } as object, resolve);
  });
  server.on("error", () => {}); // one connection that could not be accepted
  const address = server.address() as { address: string; port: number };
  return { transport: "tcp", hostname: address.address, port: address.port };
}
