/**
 * The text of a loop, as it grows.
 *
 * @module
 */

/** Collects the statements of a loop. */
export class LoopCode {
  readonly #before: string[] = [];
  readonly #lines: string[] = [];
  #names = 0;

  /** A name that nothing else in the loop has. */
  name(letter: string): string {
    return `${letter}${this.#names++}`;
  }

  /** Adds a statement. */
  line(text: string): void {
    this.#lines.push(text);
  }

  /** Adds a statement that runs once, before all others. */
  before(text: string): void {
    this.#before.push(text);
  }

  /** Gives a value a name. */
  value(expression: string): string {
    const name = this.name("v");
    this.line(`const ${name} = ${expression};`);
    return name;
  }

  /** All of it. */
  toString(): string {
    return [...this.#before, ...this.#lines].join("\n");
  }
}
