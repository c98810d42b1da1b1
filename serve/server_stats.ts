/**
 * What a server counts.
 *
 * @module
 */

/** What a worker of a server is doing. */
export type ServingState =
  | "idle"
  | "starting"
  | "listening"
  | "draining"
  | "stopped"
  | "failed";

/** What one worker of a server did, over all threads that had its index. */
export interface WorkerServing {
  /** Its index. */
  readonly worker: number;
  /** What it is doing. */
  readonly state: ServingState;
  /** Connections that it accepted; 0 of HTTP by Deno's own sockets, which do not tell. */
  readonly connections: number;
  /** Requests that handlers got. */
  readonly requests: number;
  /** Requests, or connections where there are no requests, that are under way. */
  readonly active: number;
  /** Requests that were refused: the worker had enough, or they were too long. */
  readonly refused: number;
  /** Handlers that threw. */
  readonly errors: number;
  /** Why it does not listen; undefined: it does, or is not meant to. */
  readonly failure: string | undefined;
}

/** What the workers of a server did so far. */
export interface ServerStats {
  /** Each of them. */
  readonly workers: readonly WorkerServing[];
  /** The sum of their requests. */
  readonly requests: number;
  /** The sum of what is under way. */
  readonly active: number;
  /** The sum of what was refused. */
  readonly refused: number;
  /** The sum of their errors. */
  readonly errors: number;
}

/** What several workers did. */
export function statsOf(workers: readonly WorkerServing[]): ServerStats {
  const sum = (count: "requests" | "active" | "refused" | "errors") =>
    workers.reduce((sum, worker) => sum + worker[count], 0);
  return {
    workers,
    requests: sum("requests"),
    active: sum("active"),
    refused: sum("refused"),
    errors: sum("errors"),
  };
}
