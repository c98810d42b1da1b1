/**
 * Taking apart what stands on the left of a declaration: `{ a, b: [c = d] }`.
 *
 * @module
 */

import type { Declaration } from "./scope.ts";

type Node = Deno.lint.Node | Deno.lint.TSParameterProperty;

/** What is in a pattern. */
export interface PatternParts {
  /** The names that it declares. */
  readonly names: [name: string, id: Declaration["id"]][];
  /** The code that runs when it does: default values and computed keys. */
  readonly code: Deno.lint.Node[];
}

const NAME = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu;

/**
 * Takes a pattern apart.
 *
 * @param text The source of the module.
 */
export function partsOf(pattern: Node, text: string): PatternParts {
  const parts: PatternParts = { names: [], code: [] };
  add(pattern);
  return parts;

  function add(pattern: Node): void {
    switch (pattern.type) {
      case "Identifier":
        parts.names.push([pattern.name, pattern]);
        return;
      case "AssignmentPattern":
        add(pattern.left);
        parts.code.push(pattern.right);
        return;
      case "RestElement":
        return add(pattern.argument);
      case "TSParameterProperty":
        return add(pattern.parameter);
      case "ArrayPattern":
        for (const element of pattern.elements) {
          if (element !== null) add(element);
        }
        return addRest(pattern);
      case "ObjectPattern":
        for (const property of pattern.properties) {
          if (property.type === "Property") {
            if (property.computed) parts.code.push(property.key);
            add(property.value);
          } else add(property);
        }
        return;
    }
  }

  /**
   * Adds what Deno 2.9 leaves out: all that comes after a hole. Rather too many
   * names than one too few.
   */
  function addRest({ elements, range: [start, end] }: Deno.lint.ArrayPattern) {
    const rest = text.slice(elements.at(-1)?.range[1] ?? start, end);
    for (const [name] of rest.matchAll(NAME)) {
      parts.names.push([name, undefined]);
    }
  }
}
