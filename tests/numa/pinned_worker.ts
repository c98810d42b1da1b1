/** Pins itself to the processors that it is sent in turn, places memory, and reports. */

import {
  allowedProcessors,
  currentProcessor,
  isPinned,
  nodeOf,
  nodesOf,
  NumaBuffer,
  pinThread,
} from "../../topology/mod.ts";

/** What a worker is sent, for each processor. */
export interface WorkerOrder {
  readonly processor: number;
  /** Memory that nobody has touched, without a policy. */
  readonly untouched: Uint8Array<SharedArrayBuffer>;
}

/** What a worker saw on one processor. */
export interface WorkerReport {
  readonly affinity: number[] | undefined;
  readonly ran: (number | undefined)[];
  readonly pinned: boolean;
  /** The node that a buffer without a node is for, and what became of it. */
  readonly node: number | undefined;
  readonly placement: string;
  /** On which nodes its pages are. */
  readonly nodes: (number | undefined)[];
  /** On which nodes the pages are that this worker touched first. */
  readonly touched: (number | undefined)[];
  readonly before: number | undefined;
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<WorkerOrder[]>) => void;
  postMessage(message: WorkerReport[]): void;
};

scope.onmessage = ({ data }) => scope.postMessage(data.map(reportOn));

function reportOn({ processor, untouched }: WorkerOrder): WorkerReport {
  using _pin = pinThread(processor);
  const ran = new Set<number | undefined>();
  for (let turn = 0; turn < 100; turn++) ran.add(currentProcessor());
  const numa = NumaBuffer.allocate(20 * 4096);
  numa.view(Uint8Array).fill(1);
  const before = nodeOf(untouched.buffer);
  untouched.fill(1);
  return {
    affinity: allowedProcessors(),
    ran: [...ran],
    pinned: isPinned(processor) && isPinned(),
    node: numa.node,
    placement: numa.placement,
    nodes: [...new Set(nodesOf(numa.buffer))],
    touched: [...new Set(nodesOf(untouched.buffer))],
    before,
  };
}
