/**
 * What names mean where: the scopes of a module, and what is declared in them.
 *
 * @module
 */

/** A name that the module gives a value. */
export interface Variable {
  /** Its name. */
  readonly name: string;
  /** Where it is declared. */
  readonly scope: Scope;
  /** All its declarations: `var` and functions may have several. */
  readonly declarations: Declaration[];
}

/** One declaration of a variable. */
export interface Declaration {
  /** The name where it is declared; undefined if it is not written there. */
  readonly id: Deno.lint.Identifier | undefined;
  /**
   * What declares it: an import specifier, a declarator, a class, an enum, a
   * `catch` clause, or a function, which declares its name and its parameters.
   */
  readonly by: Deno.lint.Node;
}

/** A part of a module in which names can be declared. */
export class Scope {
  /** The scope around this one. */
  readonly parent: Scope | undefined;
  /** Where `var` declarations in this scope go. */
  readonly functionScope: Scope;
  readonly #variables = new Map<string, Variable>();

  /** @param hoists Whether `var` declarations in it stay in it. */
  constructor(parent: Scope | undefined, hoists: boolean = false) {
    this.parent = parent;
    this.functionScope = hoists || parent === undefined
      ? this
      : parent.functionScope;
  }

  /** Declares a name. */
  declare(name: string, declaration: Declaration): void {
    let variable = this.#variables.get(name);
    if (variable === undefined) {
      variable = { name, scope: this, declarations: [] };
      this.#variables.set(name, variable);
    }
    variable.declarations.push(declaration);
  }

  /** What a name means here; undefined if it is a global. */
  find(name: string): Variable | undefined {
    return this.#variables.get(name) ?? this.parent?.find(name);
  }

  /** Whether this is another scope or one inside of it. */
  isIn(other: Scope): boolean {
    return this === other || (this.parent?.isIn(other) ?? false);
  }
}
