/**
 * A room that all workers share: each worker has the members whose connections it
 * accepted, and tells the others what these say.
 *
 * @module
 */

import { type LinkContext, type Linked, linked } from "../../mod.ts";

/** Somebody in the room. */
export interface Member {
  /** What the others call them. */
  readonly name: string;
  /** Tells them a line; never waits. */
  tell(line: string): void;
}

/** The room, as one worker sees it. */
export class Chat {
  readonly #context: LinkContext<string>;
  readonly #members = new Set<Member>();

  constructor(context: LinkContext<string>) {
    this.#context = context;
    // Only the instances of workers are told.
    if (context.siblings.index >= 0) this.#follow();
  }

  /** How many are in the room, on all workers. */
  get size(): number {
    return this.#context.counter("members").value;
  }

  /** Somebody comes, until what this returns is disposed. */
  join(member: Member): Disposable {
    this.#members.add(member);
    this.#context.counter("members").add(1);
    this.#say(`${member.name} comes`, member);
    return {
      [Symbol.dispose]: () => {
        if (!this.#members.delete(member)) return;
        this.#context.counter("members").add(-1);
        this.#say(`${member.name} goes`, member);
      },
    };
  }

  /** Tells all others what a member says. */
  say(member: Member, text: string): void {
    this.#say(`${member.name}: ${text}`, member);
  }

  #say(line: string, from: Member): void {
    this.#tell(line, from);
    this.#context.siblings.broadcast(line);
  }

  #tell(line: string, from?: Member): void {
    for (const member of this.#members) {
      if (member !== from) member.tell(line);
    }
  }

  async #follow(): Promise<void> {
    for await (const line of this.#context.siblings) this.#tell(line);
  }
}

/** The family. */
export const chat: Linked<Chat> = linked(import.meta.url, "chat", {
  counters: ["members"],
  create: (_shared, context: LinkContext<string>) => new Chat(context),
});
