/** Where threads can be put on this machine, for areas that compare on known processors. */
export interface Placement {
  /** How many workers a pool has that takes the whole machine: one for each core. */
  readonly cores: number;
  /** Two processors that share no execution units, if there are two and threads can be pinned. */
  readonly pair:
    | { readonly caller: number; readonly worker: number }
    | undefined;
  /** Why there is no pair. */
  readonly reason: string;
  /** Pins the calling thread to `pair.caller` until it is disposed; does nothing without a pair. */
  pinCaller(): Disposable;
}

/** Looks at the machine, and tries whether the calling thread may be pinned. */
export async function placement(): Promise<Placement> {
  const unpinned: Placement = {
    cores: navigator.hardwareConcurrency,
    pair: undefined,
    reason: "",
    pinCaller: () => ({ [Symbol.dispose]() {} }),
  };
  try {
    const { pinThread, topology } = await import("../../topology/mod.ts");
    const cores = topology().allowed.onePerCore().ids;
    const [caller, worker] = cores;
    if (caller === undefined || worker === undefined) {
      return {
        ...unpinned,
        cores: cores.length,
        reason: "there is only one core",
      };
    }
    pinThread([caller])[Symbol.dispose]();
    return {
      cores: cores.length,
      pair: { caller, worker },
      reason: "",
      pinCaller: () => pinThread([caller]),
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...unpinned, reason: message.split("\n", 1)[0]! };
  }
}
