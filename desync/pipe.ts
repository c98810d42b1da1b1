import type { Job, Ordered } from "./ordered.ts";
import { PipeFlow, type PipeOptions, type PipeOutcome } from "./pipe_flow.ts";
import type { PipeSource } from "./pipe_source.ts";

/** What {@linkcode Pipe} needs of what goes on behind it. */
interface Flow {
  readonly isReady: boolean;
  take(): PipeOutcome | undefined;
  stop(outcome: PipeOutcome): Promise<unknown>;
}

/** Somebody who waits for a result. */
type Taker<Out> = PromiseWithResolvers<IteratorResult<Out, undefined>>;

/**
 * The results of the items that go through an object, in order: to be iterated, or
 * read as a stream.
 *
 * @example As a stream
 * ```ts
 * import { Desync, pipe } from "@kindred/kindred/desync";
 * import { assertEquals } from "@std/assert";
 *
 * const line = new Desync(0);
 * const source = new Blob(["a\nb"]).stream()
 *   .pipeThrough(new TextDecoderStream());
 * const numbered = pipe(line, source, (n, text: string) =>
 *   text.split("\n").map((part) => `${++n.value}: ${part}\n`).join(""));
 * const text = numbered.readable.pipeThrough(new TextEncoderStream());
 * assertEquals(await new Response(text).text(), "1: a\n2: b\n");
 * ```
 *
 * @typeParam Out What the results are.
 */
export class Pipe<Out>
  implements AsyncIterableIterator<Out, undefined>, AsyncDisposable {
  readonly #flow: Flow;
  readonly #takers: Taker<Out>[] = [];
  #isOver = false;

  /** Made by {@linkcode pipe}. */
  constructor(start: (onReady: () => void) => Flow) {
    let isStarting = true;
    this.#flow = start(() => isStarting || this.#giveOut());
    isStarting = false;
  }

  /**
   * The same as a stream, from the results that are left on. To cancel it ends the pipe.
   */
  get readable(): ReadableStream<Out> {
    return new ReadableStream({
      pull: async (controller) => {
        const { done, value } = await this.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => void await this.return(),
    }, { highWaterMark: 0 }); // the depth is the only room there is
  }

  /**
   * The next result.
   *
   * @returns Rejected if the source or a job has failed, the object was disposed of, or the signal is aborted;
   * after that the pipe is at its end.
   */
  next(): Promise<IteratorResult<Out, undefined>> {
    const taker: Taker<Out> = Promise.withResolvers();
    this.#takers.push(taker);
    this.#giveOut();
    return taker.promise;
  }

  /**
   * Ends the pipe: the source is cancelled, and items whose jobs have not started are given up.
   *
   * @returns When the source has let go of what it has.
   */
  async return(): Promise<IteratorResult<Out, undefined>> {
    if (!this.#isOver) await this.#flow.stop(OVER);
    return { done: true, value: undefined };
  }

  /** Ends the pipe, as {@linkcode return} does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #giveOut(): void {
    while (this.#takers.length > 0 && (this.#isOver || this.#flow.isReady)) {
      // First, as the source that is read on may ask for results.
      const taker = this.#takers.shift()!;
      const outcome = this.#isOver ? OVER : this.#flow.take()!;
      if (outcome.state === "value") {
        taker.resolve({ done: false, value: outcome.value as Out });
        continue;
      }
      this.#isOver = true;
      if (outcome.state === "end") {
        taker.resolve({ done: true, value: undefined });
      } else taker.reject(outcome.reason);
    }
  }
}

const OVER: PipeOutcome = { state: "end" };

/**
 * Sends each item of a source through a job of an object, and gives the results in
 * order. Other jobs of the object may run between two items.
 *
 * The source is read from the start, and never further than `depth` items ahead of
 * what has been taken of the results. Its end is the end of the results; a failure of the
 * source or of a job comes after the results before it, ends the pipe and
 * cancels the source. So does the disposal of the object, which runs the jobs of
 * the items that were read.
 *
 * @example Usage
 * ```ts
 * import { Desync, pipe } from "@kindred/kindred/desync";
 * import { assertEquals } from "@std/assert";
 *
 * const total = new Desync(0);
 * const sums: number[] = [];
 * for await (const sum of pipe(total, [1, 2, 3], (t, n) => t.value += n)) {
 *   sums.push(sum);
 * }
 * assertEquals(sums, [1, 3, 6]);
 * ```
 *
 * @throws {TypeError} If the source cannot be read, the job is no function, or an option is of the wrong kind.
 * @throws {RangeError} If the depth is no positive integer.
 */
export function pipe<Given extends readonly unknown[], Item, Out>(
  object: Ordered<Given>,
  source: PipeSource<Item>,
  job: Job<Given, readonly [item: Item], Out>,
  options: PipeOptions = {},
): Pipe<Awaited<Out>> {
  return new Pipe((onReady) =>
    new PipeFlow("start pipe", object, source, job, options, onReady)
  );
}
