import type { Suspension } from "../ordered.ts";
import { RemoteCall } from "./remote_call.ts";
import type { RemoteLine } from "./remote_line.ts";

/** Ends suspensions that nobody can end any more. */
const forgotten = new FinalizationRegistry<() => void>((lift) => lift());

/** A stop of an object on a worker. */
export class RemoteSuspension implements Suspension {
  readonly reached: Promise<void>;
  #lift: (() => void) | undefined;

  /** Asks for it. */
  constructor(line: RemoteLine) {
    const call = new RemoteCall(line);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    call.resolves(resolve);
    const lift = this.#lift = line.suspend(call);
    // Also if the object is gone: it is over then.
    this.reached = promise.then(NOTHING, NOTHING);
    forgotten.register(this, lift, this);
  }

  resume(): void {
    const lift = this.#lift;
    if (lift === undefined) return;
    this.#lift = undefined;
    forgotten.unregister(this);
    lift();
  }

  [Symbol.dispose](): void {
    this.resume();
  }
}

function NOTHING(): void {}
