/** Where the workers of a peer are. */
export interface Layout {
  /**
   * `one-worker`: one, away from the caller. `two-workers`: two, wherever the system puts them. `default`: one for
   * each core. The caller is where the system puts it, but for `one-worker`.
   */
  readonly name: "one-worker" | "two-workers" | "default";
  readonly workers: number;
  /** The processor of the only worker, for those who can choose. */
  readonly processor: number | undefined;
}

/** Two functions on other threads, as one library offers them. */
export interface Peer {
  increment(x: number): PromiseLike<number>;
  echo<T>(value: T): PromiseLike<T>;
  /** As `echo`, but the memory of the bytes goes there and comes back: not there if a library only copies. */
  readonly echoMoved?: (bytes: Bytes) => PromiseLike<Bytes>;
  close(): Promise<void> | void;
}

/** Bytes that have a buffer of their own, all of it. */
export type Bytes = Uint8Array<ArrayBuffer>;
