/**
 * The functions of a runtime whose workers are turns of one thread.
 *
 * @module
 */

import type { FunctionDefinition } from "./function_definition.ts";

/** Where the functions of a runtime are kept, by their numbers. */
export interface Definitions {
  /**
   * Adds a definition, unless it is there.
   *
   * @returns Its number, which is positive.
   */
  add(definition: FunctionDefinition): number;
  /**
   * The definition that has a number.
   *
   * @throws {TypeError} If none has.
   */
  at(number: number): FunctionDefinition;
}

/** Definitions that this thread alone can see. */
export class DefinitionList implements Definitions {
  readonly #list: FunctionDefinition[] = [];
  readonly #numbers = new Map<string, number>();

  add({ kind, name, text }: FunctionDefinition): number {
    const key = JSON.stringify([kind, name, text]);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#list.push({ kind, name, text });
      this.#numbers.set(key, number);
    }
    return number;
  }

  at(number: number): FunctionDefinition {
    const found = this.#list[number - 1];
    if (found === undefined) throw unknownFunction(number);
    return found;
  }
}

/** The error about a number that no function has. */
export function unknownFunction(number: number): TypeError {
  return new TypeError(
    `Cannot run function on a worker as there is none of that number: received ${number}`,
  );
}
