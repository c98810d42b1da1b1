import { echo, increment } from "./tasks.ts";

export type Request = [
  id: number,
  method: "increment" | "echo",
  value: unknown,
];
export type Reply = [id: number, value?: unknown, error?: string];

// Deno's default library has no types for the inside of a worker.
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Request>) => void;
  postMessage(reply: Reply): void;
};

scope.onmessage = ({ data: [id, method, value] }) => {
  try {
    scope.postMessage([
      id,
      method === "increment" ? increment(value as number) : echo(value),
    ]);
  } catch (error) {
    scope.postMessage([id, undefined, String(error)]);
  }
};
