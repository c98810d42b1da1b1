/**
 * The instances of a worker, and the calls to them.
 *
 * @module
 */

import { decodeArguments } from "../../codec/decode.ts";
import { CorruptFrameError, type Reader } from "../../codec/reader.ts";
import { LocalFamily } from "../../linked/local_family.ts";
import { signature, signaturesOf } from "../../linked/signature.ts";
import { methodsOf } from "../../linked/methods.ts";
import type { Answers } from "./answers.ts";
import type { LinkMessage } from "../life/control.ts";
import {
  isAsync,
  isAsyncGenerator,
  isThenable,
  type Method,
  methodTable,
  resultOf,
} from "./outcome.ts";
import type { Peer } from "../mailbox/peer.ts";
import { workerIndex } from "../runtime/inside.ts";
import type { SpanContext } from "../telemetry/open_telemetry.ts";
import { runObserved } from "../telemetry/run_observer.ts";
import type { Strays } from "./strays.ts";
import { readTraceContext, TRACED } from "../telemetry/trace_context.ts";
import type { Outlets } from "../streams/outlets.ts";

/** An instance that this worker hosts. */
export interface Hosted {
  /** The family that it belongs to, with this instance as `here`. */
  readonly family: LocalFamily<object>;
  /** The signatures of its methods; their places are their numbers. */
  readonly signatures: readonly string[];
  readonly instance: object;
  readonly methods: readonly Method[];
  /** How errors name the results of the methods. */
  readonly labels: readonly string[];
  /** Which of the methods are generators. */
  readonly streams: readonly boolean[];
  /** Which of the methods give promises, as far as is known. */
  readonly givePromises: boolean[];
  /** How many of its methods are on the stack. */
  active: number;
}

/** A method that is a generator, and what it gave. */
interface Yielding {
  readonly from: Peer;
  readonly number: number;
  readonly method: number;
  readonly label: string;
  readonly result: unknown;
}

/** What this worker hosts. */
export class Instances {
  readonly #answers: Answers;
  readonly #outlets: Outlets;
  readonly #strays: Strays;
  readonly #hosted: (Hosted | undefined)[] = [];

  /** Hosts nothing yet. */
  constructor(answers: Answers, outlets: Outlets, strays: Strays) {
    this.#strays = strays;
    this.#answers = answers;
    this.#outlets = outlets;
  }

  /** Makes the instance of a family, and answers with its methods. */
  async link(message: LinkMessage, starter: Peer): Promise<void> {
    const { call, number, handle } = message;
    const { name } = handle;
    this.#answers.enter();
    try {
      const family = await LocalFamily.from(handle);
      const instance = family.here;
      const names = methodsOf(name, instance);
      const signatures = signaturesOf(instance, names);
      const methods = methodTable(instance, names);
      this.#hosted[number] = {
        family,
        signatures,
        instance,
        methods,
        labels: names.map((method) => resultOf(name, method)),
        streams: signatures.map((text) => signature(text).isStream),
        givePromises: methods.map(isAsync),
        active: 0,
      };
      this.#answers.value(starter, call, signatures, "methods");
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

  /** Runs a call that a frame asks for. */
  call(from: Peer, frame: Reader): void {
    const number = frame.word();
    let hosted: Hosted;
    let method: number;
    let caller: SpanContext | undefined;
    let args: unknown[];
    try {
      hosted = this.#hosted[frame.word()]!;
      method = frame.word();
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
    if (!isThenable(result)) return answers.done(from, number, result, label);
    hosted.givePromises[method] = true;
    // Whatever kind of promise it is, it settles once.
    const strays = this.#strays;
    strays.began(label);
    Promise.resolve(result).then((value) => {
      strays.ended(label);
      answers.done(from, number, value, label);
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
    method &= ~TRACED;
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
  { family, signatures, methods, instance }: Hosted,
  { method, args, caller }: TracedCall,
): unknown {
  const call = {
    family: family.definition.name,
    method: signature(signatures[method]!).name,
    worker: workerIndex(),
  };
  const run = () => methods[method]!.apply(instance, args);
  return runObserved(call, caller, run);
}
