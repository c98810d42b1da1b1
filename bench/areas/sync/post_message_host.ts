/** How many messages follow until an answer is wanted. */
export interface Order {
  readonly count: number;
}

// Deno's default library has no types for the inside of a worker.
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<unknown>) => void;
  postMessage(message: number): void;
};

let left = 0;
scope.onmessage = ({ data }) => {
  if (left > 0) {
    if (--left === 0) scope.postMessage(1);
    return;
  }
  left = (data as Order).count;
  if (left === 0) scope.postMessage(1);
};
scope.postMessage(0);
