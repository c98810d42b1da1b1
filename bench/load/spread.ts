/**
 * How connections are spread over the threads of a server.
 *
 * @module
 */

import { AnswerReader } from "./answer_reader.ts";
import { requestOf, write } from "./request.ts";

/**
 * Opens so many connections, and asks by each of them who it is that answers; they are
 * open until all have been answered. Answers how many each of them has, the most first.
 */
export async function spread(
  port: number,
  connections: number,
): Promise<number[]> {
  const open: Deno.TcpConn[] = [];
  try {
    const names = await Promise.all(
      Array.from({ length: connections }, async () => {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port });
        open.push(connection);
        await write(connection, requestOf("/"));
        const { status, body } = await new AnswerReader(connection).next();
        if (status !== 200) throw new Error(`A server answered with ${status}`);
        return body;
      }),
    );
    const counts = Map.groupBy(names, (name) => name).values();
    return [...counts].map(({ length }) => length).sort((a, b) => b - a);
  } finally {
    for (const connection of open) connection.close();
  }
}
