/**
 * What a thread is told of the tasks that it has pushed, as it is sent.
 *
 * A flat list: a kind, the ticket of the first task, and what the kind says of it and
 * of those that follow.
 *
 * @module
 */

/** Values, of so many tasks as there are. */
const VALUES = 0;
/** So many tasks are done that have no values. */
const DONE = 1;
/** So many tasks have failed, for one reason. */
const FAILED = 2;
/** A processor has failed when everybody had an answer; no ticket. */
const LATE = 3;

/** A list of answers. */
export type Answers = unknown[];

/** Tasks that failed together, and what is known of them. */
export interface Failure {
  readonly reason: unknown;
  /** How many. */
  count: number;
  /** The tasks themselves, where nobody keeps them who waits. */
  readonly tasks?: unknown[];
}

/** Puts answers together; those that follow each other by ticket become one. */
export class AnswerList {
  /** What is sent. */
  readonly sent: Answers = [];
  #kind = -1;
  /** The ticket that would go on with the last answer. */
  #next = 0;
  #values: unknown[] = [];
  #failure: Failure | undefined;

  get isEmpty(): boolean {
    return this.sent.length === 0;
  }

  /** A task has its value. */
  value(ticket: number, value: unknown): void {
    if (this.#kind === VALUES && ticket === this.#next) {
      this.#values.push(value);
    } else this.#begin(VALUES, ticket, this.#values = [value]);
    this.#next = (ticket + 1) | 0;
  }

  /** A task without a value is done. */
  done(ticket: number): void {
    if (this.#kind === DONE && ticket === this.#next) {
      (this.sent[this.sent.length - 1] as number)++;
    } else this.#begin(DONE, ticket, 1);
    this.#next = (ticket + 1) | 0;
  }

  /** A task has failed; it may be sent back. */
  failed(
    ticket: number,
    reason: unknown,
    back?: { readonly task: unknown },
  ): void {
    const last = this.#failure;
    if (
      this.#kind === FAILED && ticket === this.#next &&
      Object.is(last?.reason, reason)
    ) {
      last!.count++;
      if (back !== undefined) last!.tasks?.push(back.task);
    } else {
      this.#failure = back === undefined
        ? { reason, count: 1 }
        : { reason, count: 1, tasks: [back.task] };
      this.#begin(FAILED, ticket, this.#failure);
    }
    this.#next = (ticket + 1) | 0;
  }

  /** A processor has failed, and nobody waits who could learn it. */
  late(reason: unknown): void {
    this.#begin(LATE, 0, reason);
  }

  #begin(kind: number, ticket: number, what: unknown): void {
    this.#kind = kind;
    this.sent.push(kind, ticket, what);
  }
}

/** Who reads answers. */
export interface AnswerReader {
  value(ticket: number, value: unknown): void;
  done(ticket: number, count: number): void;
  failed(ticket: number, failure: Failure): void;
  late(reason: unknown): void;
}

/** Reads a list of answers, in order. */
export function readAnswers(answers: Answers, reader: AnswerReader): void {
  for (let at = 0; at < answers.length; at += 3) {
    const ticket = answers[at + 1] as number;
    const what = answers[at + 2];
    switch (answers[at]) {
      case VALUES: {
        const values = what as unknown[];
        for (let k = 0; k < values.length; k++) {
          reader.value((ticket + k) | 0, values[k]);
        }
        break;
      }
      case DONE:
        reader.done(ticket, what as number);
        break;
      case FAILED:
        reader.failed(ticket, what as Failure);
        break;
      case LATE:
        reader.late(what);
    }
  }
}
