/**
 * Clients that need not behave well.
 *
 * @module
 */

import { write } from "../../../bench/load/request.ts";
import type { FaultServer } from "./fault_server.ts";

/** So many clients behave badly. */
export const BAD = 100;

const encoder = new TextEncoder();

/** Connects so many clients that each write something, which need not be a request. */
export async function clients(
  { port }: FaultServer,
  { count = BAD, says }: { count?: number; says: string },
): Promise<Deno.TcpConn[] & Disposable> {
  const open: Deno.TcpConn[] = [];
  for (let k = 0; k < count; k++) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    open.push(connection);
    await write(connection, encoder.encode(says));
  }
  return Object.assign(open, {
    [Symbol.dispose]: () => open.forEach((connection) => connection.close()),
  });
}

/** The head of a request, without the empty line at its end. */
export function headOf(method: string, target: string): string {
  return `${method} ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\n`;
}
