/** Where the workers of a peer are. */
export interface Layout {
  /** `one-worker`: one, away from the caller. `default`: one for each core, and the caller where the system puts it. */
  readonly name: "one-worker" | "default";
  readonly workers: number;
  /** The processor of the only worker, for those who can choose. */
  readonly processor: number | undefined;
}

/** Two functions on another thread, as one library offers them. */
export interface Peer {
  increment(x: number): Promise<number>;
  echo<T>(value: T): Promise<T>;
  close(): Promise<void> | void;
}
