/**
 * A chat with a line protocol: the first line is a name, and what follows is said to all
 * others. `/who` counts, `/quit` goes.
 *
 * @module
 */

import type { ServeContext, TcpApp, TcpConnection } from "../../serve/mod.ts";
import type { Chat, Member } from "./chat.ts";
import { LineWriter, readLines } from "./lines.ts";

/** What the server links for it. */
export interface ChatFamilies {
  readonly chat: Chat;
}

const app: TcpApp<ChatFamilies> = {
  async connection(connection, context) {
    const writer = new LineWriter(connection);
    try {
      await talk(connection, writer, context);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      writer.write(error.message); // of a line that is too long
    } finally {
      await writer.written();
    }
  },
};

async function talk(
  connection: TcpConnection,
  writer: LineWriter,
  { families: { chat }, signal }: ServeContext<ChatFamilies>,
): Promise<void> {
  const lines = readLines(connection, signal);
  writer.write("Your name?");
  const { value: name } = await lines.next();
  if (!name) return;
  const member: Member = { name, tell: (line) => writer.write(line) };
  using _joined = chat.join(member);
  writer.write(`Welcome, ${name}`);
  for await (const line of lines) {
    if (line === "/quit") break;
    if (line === "/who") writer.write(`${chat.size} here`);
    else if (line !== "") chat.say(member, line);
  }
  writer.write("Goodbye");
}

export default app;
