/**
 * Asking another thread the same question again and again: all who ask at the same time see
 * one answer.
 *
 * @module
 */

import { portableCodec } from "../../codec/mod.ts";
import { Channel, type Sender, Watch, type WatchReceiver } from "../../mod.ts";

/** How a question gets there, and the answer back. It can be sent. */
export interface InquiryLine<T> {
  readonly questions: Channel<number>;
  readonly answers: Watch<T>;
}

/** The longest answer, in bytes. */
const MOST = 1 << 20;

/** Makes a line on which nobody is yet. */
export function newLine<T>(first: T): InquiryLine<T> {
  return {
    questions: new Channel<number>("u32", { capacity: 64 }),
    answers: new Watch<T>(portableCodec<T>(), first, { maxBytes: MOST }),
  };
}

/** Asks, on one thread. */
export class Inquiry<T> implements Disposable {
  readonly #sender: Sender<number>;
  readonly #answers: WatchReceiver<T>;
  readonly #timeout: number;
  #answer: Promise<T> | undefined;

  /** @param timeout For how long an answer is waited for, in ms. */
  constructor({ questions, answers }: InquiryLine<T>, timeout: number) {
    this.#sender = questions.sender();
    this.#answers = answers.receiver();
    this.#timeout = timeout;
  }

  /**
   * Asks. Who does while another question of this thread is under way gets the same
   * answer.
   *
   * @throws {DOMException} `TimeoutError` if nobody answers.
   * @throws {ChannelClosedError} If there is nobody any more.
   */
  ask(): Promise<T> {
    return this.#answer ??= this.#ask().finally(() => {
      this.#answer = undefined;
    });
  }

  async #ask(): Promise<T> {
    const timeout = this.#timeout;
    this.#answers.borrowAndUpdate();
    await this.#sender.sendAsync(0, { timeout });
    await this.#answers.changedAsync({ timeout });
    return this.#answers.borrow();
  }

  /** Closes the ends of this thread. */
  [Symbol.dispose](): void {
    this.#sender.close();
    this.#answers.close();
  }
}

/** Answers all that is asked on a line, on one thread, until it is disposed of. */
export class Answering<T> implements AsyncDisposable {
  readonly #line: InquiryLine<T>;
  readonly #done: Promise<void>;

  /** @param answer Is called once for all that have asked. */
  constructor(line: InquiryLine<T>, answer: () => T) {
    this.#line = line;
    this.#done = this.#answer(answer);
  }

  /** Who asks after that is told that there is nobody. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#line.questions.close();
    await this.#done;
  }

  async #answer(answer: () => T): Promise<void> {
    // The line is open as long as there is an end of each side here.
    using _sender = this.#line.questions.sender();
    using questions = this.#line.questions.receiver();
    using answers = this.#line.answers.sender();
    for await (const _question of questions) {
      questions.drain();
      answers.send(answer());
    }
  }
}
