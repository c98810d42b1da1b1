/**
 * One copy of the settings per worker: reading them asks nobody, and a change is
 * told to the siblings.
 *
 * @module
 */

import {
  type LinkContext,
  type Linked,
  linked,
  type Siblings,
} from "../mod.ts";

/** What instances tell each other. */
export interface Change {
  /** What is set. */
  readonly key: string;
  /** To what. */
  readonly value: string;
}

/** Settings that are read often and changed seldom. */
export class Settings {
  readonly #values = new Map<string, string>();
  readonly #context: LinkContext<Change>;

  constructor(context: LinkContext<Change>) {
    this.#context = context;
    // Only the instances of workers are told.
    if (context.siblings.index >= 0) this.#follow(context.siblings);
  }

  /** Changes a setting here, and a moment later everywhere. */
  set(key: string, value: string): void {
    this.#values.set(key, value);
    this.#context.siblings.broadcast({ key, value });
    this.#context.counter("changes").add();
  }

  /** A setting, as this instance knows it. */
  get(key: string): string | undefined {
    return this.#values.get(key);
  }

  async #follow(siblings: Siblings<Change>): Promise<void> {
    for await (const { key, value } of siblings) this.#values.set(key, value);
  }
}

/** The family. */
export const settings: Linked<Settings> = linked(import.meta.url, "settings", {
  counters: ["changes"],
  create: (_shared, context: LinkContext<Change>) => new Settings(context),
});
