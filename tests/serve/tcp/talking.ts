/**
 * TCP servers on the loopback address, and what talks to them.
 *
 * @module
 */

import {
  type Server,
  serveTcp,
  type ServeTcpOptions,
  type TcpAppSource,
} from "../../../serve/mod.ts";
import { connectTo, here } from "../serving.ts";

/** The module with the applications. */
export const APPS: string = new URL("./fixtures/tcp_apps.ts", import.meta.url)
  .href;

/** One of them. */
export function app(name: string): { module: string; export: string } {
  return { module: APPS, export: name };
}

/** Serves on any port of the loopback address, with two workers unless told otherwise. */
export async function serveHere<F = Record<never, never>>(
  source: TcpAppSource<F>,
  options: ServeTcpOptions<F> = {},
): Promise<Server> {
  return await serveTcp<F>(source, here(options));
}

/** All that comes until the other side ends. */
export async function readAll(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return text + decoder.decode();
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
}

/** What comes first. */
export async function readSome(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(1024);
  const length = await connection.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, length ?? 0));
}

/** What a server says that ends the connection by itself. */
export async function hear(server: Server): Promise<string> {
  using connection = await connectTo(server);
  return await readAll(connection);
}
