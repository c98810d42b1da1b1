/**
 * The instances of a worker, and the calls to them.
 *
 * @module
 */

import { decodeArguments } from "../../codec/decode.ts";
import { MissingExportsError } from "../../codec/missing_exports_error.ts";
import { CorruptFrameError, type Reader } from "../../codec/reader.ts";
import { LocalFamily, stateOf } from "../../linked/local_family.ts";
import { SharedLines } from "../../linked/shared_lines.ts";
import { signature } from "../../linked/signature.ts";
import type { Answers } from "./answers.ts";
import { UNANSWERED } from "../desk/method_call.ts";
import type { Fabric } from "../fabric/fabric.ts";
import type { LinkMessage } from "../life/control.ts";
import { nextTurn } from "../life/next_turn.ts";
import { isThenable } from "../../codec/thenable.ts";
import { type Hosted, hostInstanceOf } from "./hosted.ts";
import { isAsync, isAsyncGenerator } from "./outcome.ts";
import type { Peer } from "../mailbox/peer.ts";
import { workerIndex } from "../runtime/inside.ts";
import type { SpanContext } from "../telemetry/open_telemetry.ts";
import { runObserved } from "../telemetry/run_observer.ts";
import { streamObserved } from "../telemetry/stream_observer.ts";
import type { Strays } from "./strays.ts";
import { readTraceContext, TRACED } from "../telemetry/trace_context.ts";
import type { Outlets } from "../streams/outlets.ts";

/** A method that is a generator, and what it gave. */
interface Yielding {
  readonly from: Peer;
  readonly number: number;
  readonly method: number;
  readonly label: string;
  readonly result: unknown;
}

/** What hosting needs. */
export interface InstancesOptions {
  /** Answers calls. */
  readonly answers: Answers;
  /** The streams that run here. */
  readonly outlets: Outlets;
  /** Whose a stray rejection is. */
  readonly strays: Strays;
  /** Where all threads are. */
  readonly fabric: Fabric;
}

/** What this worker hosts. */
export class Instances {
  readonly #answers: Answers;
  readonly #outlets: Outlets;
  readonly #strays: Strays;
  readonly #fabric: Fabric;
  readonly #hosted: (Hosted | undefined)[] = [];

  /** Hosts nothing yet. */
  constructor({ answers, outlets, strays, fabric }: InstancesOptions) {
    this.#strays = strays;
    this.#answers = answers;
    this.#outlets = outlets;
    this.#fabric = fabric;
  }

  /** Makes the instance of a family, and answers with its methods. */
  async link(message: LinkMessage, starter: Peer): Promise<void> {
    const { call, number, handle, lines } = message;
    this.#answers.enter();
    try {
      const family = await LocalFamily.from(handle);
      stateOf(family).place = {
        index: workerIndex()!,
        workers: this.#fabric,
        lines: new SharedLines(lines),
      };
      const hosted = this.#hosted[number] = hostInstanceOf(family);
      this.#answers.value(starter, call, hosted.signatures, "methods");
    } catch (error) {
      this.#answers.error(starter, call, error);
    } finally {
      this.#answers.leave();
    }
  }

  /** The instance of a family. */
  of(family: number): Hosted | undefined {
    return this.#hosted[family];
  }

  /**
   * Runs a call that a frame asks for.
   *
   * @throws {MissingExportsError} If its arguments cannot be read yet; then nothing was
   * done.
   */
  call(from: Peer, frame: Reader): void {
    const number = frame.word();
    let hosted: Hosted;
    let method: number;
    let isAnswered: boolean;
    let caller: SpanContext | undefined;
    let args: unknown[];
    try {
      hosted = this.#hosted[frame.word()]!;
      method = frame.word();
      isAnswered = (method & UNANSWERED) === 0;
      method &= ~UNANSWERED;
      if ((method & TRACED) !== 0) {
        method &= ~TRACED;
        caller = readTraceContext(frame);
      }
      if (hosted?.methods[method] === undefined) {
        throw new CorruptFrameError(
          `Cannot run call as there is no such method: received number ${method}`,
        );
      }
      args = decodeArguments(frame);
    } catch (error) {
      if (error instanceof MissingExportsError) throw error;
      return this.#answers.error(from, number, error);
    }
    // From here on the call counts as started.
    from.release();
    const answers = this.#answers;
    const isStream = hosted.streams[method]!;
    if (isStream && this.#outlets.isGivenUp(from, number)) {
      return answers.skipped(from, number);
    }
    answers.begin(from, number);
    const label = hosted.labels[method]!;
    let result: unknown;
    hosted.active++;
    try {
      if (hosted.givePromises[method]! && this.#strays.isFollowing) {
        result = this.#follow(hosted, { method, args, caller });
      } else {
        result = caller === undefined
          ? hosted.methods[method]!.apply(hosted.instance, args)
          : runTraced(hosted, { method, args, caller });
      }
    } catch (error) {
      hosted.active--;
      return answers.failed(from, number, error);
    }
    hosted.active--;
    if (isStream) {
      return this.#stream(hosted, { from, number, method, label, result });
    }
    if (!isThenable(result)) {
      return isAnswered
        ? answers.done(from, number, result, label)
        : answers.doneUnanswered(from, number);
    }
    hosted.givePromises[method] = true;
    // Whatever kind of promise it is, it settles once.
    const strays = this.#strays;
    strays.began(label);
    Promise.resolve(result).then((value) => {
      strays.ended(label);
      if (isAnswered) answers.done(from, number, value, label);
      else answers.doneUnanswered(from, number);
    }, (error) => {
      strays.ended(label);
      answers.failed(from, number, error);
    });
  }

  /**
   * Whether a call can run while this thread blocks: its method is none that
   * waits for the event loop, and its instance is not in the middle of another.
   */
  canRun(family: number, method: number): boolean {
    const hosted = this.#hosted[family];
    method &= ~(TRACED | UNANSWERED);
    return hosted !== undefined && hosted.active === 0 &&
      !hosted.streams[method] && !isAsync(hosted.methods[method]);
  }

  /** Runs a call that goes on after it has returned. */
  #follow(hosted: Hosted, call: MethodRun): unknown {
    const { method, args, caller } = call;
    return this.#strays.follow(
      nameOf(hosted, method),
      () =>
        caller === undefined
          ? hosted.methods[method]!.apply(hosted.instance, args)
          : runTraced(hosted, { method, args, caller }),
    );
  }

  #stream(
    hosted: Hosted,
    { from, number, method, label, result }: Yielding,
  ): void {
    const name = nameOf(hosted, method);
    const isFollowed = this.#strays.isFollowing &&
      isAsyncGenerator(hosted.methods[method]);
    this.#outlets.open({
      from,
      number,
      label: label.replace(/^result/, "item"),
      enter: (run) => {
        hosted.active++;
        try {
          return isFollowed ? this.#strays.part(name, run) : run();
        } finally {
          hosted.active--;
        }
      },
      explain: (error) => error,
      ended: () => {},
    }, result);
  }

  /**
   * No instance gets messages of its siblings any more. Resolves when those that waited
   * for one have done what they do then.
   */
  async leaveSiblings(): Promise<void> {
    const waited = this.#hosted.filter((hosted) =>
      hosted !== undefined && stateOf(hosted.family).leave()
    );
    if (waited.length > 0) await nextTurn();
  }

  /** Lets go of all instances. */
  clear(): void {
    this.#hosted.length = 0;
  }
}

/** A call that came with a trace context. */
interface TracedCall {
  readonly method: number;
  readonly args: unknown[];
  readonly caller: SpanContext;
}

/** A call, traced or not. */
type MethodRun = Omit<TracedCall, "caller"> & {
  readonly caller: SpanContext | undefined;
};

function nameOf({ family, signatures }: Hosted, method: number): string {
  return `${family.definition.name}.${signature(signatures[method]!).name}`;
}

function runTraced(
  { family, signatures, methods, instance, streams }: Hosted,
  { method, args, caller }: TracedCall,
): unknown {
  const call = {
    family: family.definition.name,
    method: signature(signatures[method]!).name,
    worker: workerIndex(),
  };
  const run = () => methods[method]!.apply(instance, args);
  return streams[method]!
    ? streamObserved(call, caller, run)
    : runObserved(call, caller, run);
}
