/**
 * What each name in a module stands for.
 *
 * @module
 */

import { Scope, type Variable } from "./scope.ts";
import type { Bound, FunctionNode, Node } from "./node.ts";
import { ScopeWalk } from "./scope_walk.ts";

/** A use of a variable or a global. */
export interface Reference {
  /** Where it stands. */
  readonly node: Deno.lint.Identifier;
  /** What it stands for; undefined for a global. */
  readonly variable: Variable | undefined;
}

/** The scopes of one module. */
export class ModuleScopes {
  /** All uses of names, in no particular order. */
  readonly references: readonly Reference[];
  /** All uses of `this` and the like. */
  readonly bound: readonly Bound[];
  readonly #walk: ScopeWalk;
  readonly #variables = new Map<Node, Variable | undefined>();

  /** Finds the scopes of a module. */
  constructor({ ast, text }: Deno.lint.SourceCode) {
    this.#walk = new ScopeWalk(text);
    const root = new Scope(undefined, true);
    for (const statement of ast.body) this.#walk.visit(statement, root);
    // Only now: names may be used before they are declared.
    this.references = this.#walk.uses.map(([node, scope]) => ({
      node,
      variable: scope.find(node.name),
    }));
    for (const { node, variable } of this.references) {
      this.#variables.set(node, variable);
    }
    this.bound = this.#walk.bound;
  }

  /** What a name that is used stands for; undefined for a global. */
  variableOf(node: Deno.lint.Identifier): Variable | undefined {
    return this.#variables.get(node);
  }

  /** The outermost scope of a function. */
  scopeOf(node: FunctionNode): Scope | undefined {
    return this.#walk.scopes.get(node);
  }
}
