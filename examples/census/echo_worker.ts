/**
 * The same as the family `echo`, by hand: a worker that answers messages.
 *
 * @module
 */

// Deno's default library has no types for the inside of a worker.
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<[call: number, x: number]>) => void;
  postMessage(answer: [call: number, x: number]): void;
};

scope.onmessage = ({ data: [call, x] }) => scope.postMessage([call, x + 1]);
