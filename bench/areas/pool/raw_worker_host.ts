import type { Bytes } from "./peer.ts";
import { echo, increment } from "./tasks.ts";

export type Request = [
  id: number,
  method: "increment" | "echo" | "echoMoved",
  value: unknown,
];
export type Reply = [id: number, value?: unknown, error?: string];

// Deno's default library has no types for the inside of a worker.
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Request>) => void;
  postMessage(reply: Reply, transfer?: Transferable[]): void;
};

scope.onmessage = ({ data: [id, method, value] }) => {
  try {
    if (method === "echoMoved") {
      const bytes = value as Bytes;
      return scope.postMessage([id, bytes], [bytes.buffer]);
    }
    scope.postMessage([
      id,
      method === "increment" ? increment(value as number) : echo(value),
    ]);
  } catch (error) {
    scope.postMessage([id, undefined, String(error)]);
  }
};
