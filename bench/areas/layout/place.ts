import { pinThread, topology } from "../../../topology/mod.ts";
import { Runtime } from "../../../workers/mod.ts";
import { grinder } from "./grinder.ts";

/** Where the workers and their caller are. */
export interface Place {
  /** The processor whose core has no worker; undefined: each core has one. */
  readonly spared: number | undefined;
  /** Whether the caller stays on the processor that is spared. */
  readonly isPinned: boolean;
}

/** A runtime that is placed so. */
export interface Placed {
  grind(turns: number): Promise<number>;
  pinCaller(): Disposable;
  close(): Promise<void>;
}

/** Starts a runtime. */
export async function start({ spared, isPinned }: Place): Promise<Placed> {
  const processors = topology().allowed.onePerCore().ids
    .filter((id) => id !== spared);
  const runtime = await Runtime.start({ processors });
  try {
    const family = await runtime.link(grinder);
    return {
      grind: (turns) => family.any().grind(turns),
      pinCaller: () =>
        isPinned && spared !== undefined
          ? pinThread([spared])
          : { [Symbol.dispose]() {} },
      close: () => runtime.close(),
    };
  } catch (error) {
    await runtime.close();
    throw error;
  }
}
