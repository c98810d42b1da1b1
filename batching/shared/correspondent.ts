/**
 * What one thread that pushes is told by the worker that processes.
 *
 * @module
 */

import { AnswerList, type Answers } from "./answers.ts";

/** Tasks of which a thread asks for the answers. */
interface Question {
  /** The ticket of the first one, and how many follow each other from there. */
  readonly first: number;
  readonly count: number;
  /** How many of them have no answer yet. */
  missing: number;
  readonly answers: AnswerList;
  readonly resolve: (answers: Answers) => void;
}

/** An answer for which nobody has asked yet. */
type Early = (answers: AnswerList) => void;

/** A task that is sent back. */
export interface GivenBack {
  readonly task: unknown;
}

/**
 * The answers to one thread: to the questions that it has asked, or kept until it
 * asks. A question is answered once: when all of its tasks have answers, or at the end
 * of the microtask in which the first of them got one; then the thread asks again for
 * the others.
 */
export class Correspondent {
  /** In the order of their tickets. */
  readonly #questions: Question[] = [];
  /** By ticket. */
  readonly #early = new Map<number, Early>();
  /** By ticket: answers that are promised. */
  readonly #expected = new Set<number>();
  readonly #addLate: (answers: AnswerList) => void;
  #isScheduled = false;
  #closed: { readonly reason: unknown } | undefined;

  /** @param addLate Adds what nobody was told yet to an answer. */
  constructor(addLate: (answers: AnswerList) => void) {
    this.#addLate = addLate;
  }

  /** Whether a task has an answer for which nobody has asked, or will have one. */
  has(ticket: number): boolean {
    return this.#early.has(ticket) || this.#expected.has(ticket);
  }

  /** A task will have an answer, wherever it was. */
  expect(ticket: number): void {
    this.#expected.add(ticket);
  }

  /**
   * Asks for the answers of tasks.
   *
   * @param missing How many of them have none yet, as far as the thread knows.
   * @returns Some of them, or all.
   */
  ask(
    first: number,
    count: number,
    missing: number,
  ): Answers | Promise<Answers> {
    const answers = new AnswerList();
    for (let k = 0; k < count && this.#early.size > 0; k++) {
      const ticket = (first + k) | 0;
      const early = this.#early.get(ticket);
      if (early === undefined) continue;
      this.#early.delete(ticket);
      early(answers);
    }
    if (!answers.isEmpty) return this.#sent(answers);
    const closed = this.#closed;
    if (closed !== undefined) {
      return this.#sent(refuse(answers, first, count, closed.reason));
    }
    return new Promise((resolve) =>
      this.#questions.push({ first, count, missing, answers, resolve })
    );
  }

  /** A task has its value. */
  value(ticket: number, value: unknown): void {
    const question = this.#questionOf(ticket);
    if (question === undefined) {
      this.#keep(ticket, (answers) => answers.value(ticket, value));
    } else {
      question.answers.value(ticket, value);
      this.#told(question);
    }
  }

  /** A task without a value is done. */
  done(ticket: number): void {
    const question = this.#questionOf(ticket);
    if (question === undefined) {
      this.#keep(ticket, (answers) => answers.done(ticket));
    } else {
      question.answers.done(ticket);
      this.#told(question);
    }
  }

  /** A task has failed. */
  failed(ticket: number, reason: unknown, back?: GivenBack): void {
    const question = this.#questionOf(ticket);
    if (question === undefined) {
      this.#keep(ticket, (answers) => answers.failed(ticket, reason, back));
    } else {
      question.answers.failed(ticket, reason, back);
      this.#told(question);
    }
  }

  /** What has no answer now will get none: all that ask for it get this reason. */
  close(reason: unknown): void {
    this.#closed = { reason };
    for (
      const { first, count, answers, resolve } of this.#questions.splice(0)
    ) {
      // Those that have an answer take the first one.
      resolve(refuse(answers, first, count, reason).sent);
    }
  }

  #keep(ticket: number, early: Early): void {
    if (this.#closed === undefined) this.#early.set(ticket, early);
  }

  #questionOf(ticket: number): Question | undefined {
    if (this.#expected.size > 0) this.#expected.delete(ticket);
    const questions = this.#questions;
    for (let k = 0; k < questions.length; k++) {
      const question = questions[k]!;
      if (((ticket - question.first) >>> 0) < question.count) return question;
    }
    return undefined;
  }

  #told(question: Question): void {
    if (--question.missing === 0) return this.#answer(question);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      const begun = this.#questions.filter(({ answers }) => !answers.isEmpty);
      for (const question of begun) this.#answer(question);
    });
  }

  #answer(question: Question): void {
    this.#questions.splice(this.#questions.indexOf(question), 1);
    question.resolve(this.#sent(question.answers));
  }

  #sent(answers: AnswerList): Answers {
    this.#addLate(answers);
    return answers.sent;
  }
}

function refuse(
  answers: AnswerList,
  first: number,
  count: number,
  reason: unknown,
): AnswerList {
  for (let k = 0; k < count; k++) answers.failed((first + k) | 0, reason);
  return answers;
}
