/**
 * A walk through a module that finds its scopes.
 *
 * Types are left out: they are gone at run time.
 *
 * @module
 */

import {
  type Bound,
  CODE,
  type FunctionNode,
  type Node,
  TRANSPARENT,
} from "./node.ts";
import { partsOf } from "./pattern.ts";
import { Scope } from "./scope.ts";

type Range = Deno.lint.Range;

/** One walk through a module. */
export class ScopeWalk {
  /** All uses of names, and where they stand. */
  readonly uses: [Deno.lint.Identifier, Scope][] = [];
  /** All uses of `this` and the like. */
  readonly bound: Bound[] = [];
  /** The outermost scopes of functions. */
  readonly scopes: Map<Node, Scope> = new Map();
  readonly #text: string;
  /** What `this` belongs to here. */
  #owner: Node | undefined;

  /** @param text The source of the module. */
  constructor(text: string) {
    this.#text = text;
  }

  /** Goes through a node that stands in a scope. */
  visit(node: Node, scope: Scope): void {
    switch (node.type) {
      case "Identifier":
        this.uses.push([node, scope]);
        return;
      case "ThisExpression":
        this.#bind(node, "this");
        return;
      case "Super":
        this.#bind(node, "super");
        return;
      case "MetaProperty":
        this.#bind(
          node,
          node.meta.name === "import" ? "import.meta" : "new.target",
        );
        return;
      case "ImportDeclaration":
        return this.#import(node, scope);
      case "ExportNamedDeclaration":
        return this.#export(node, scope);
      case "ExportAllDeclaration":
        return;
      case "VariableDeclaration":
        return this.#declarations(node, scope);
      case "FunctionDeclaration":
        if (node.body === null) return;
        if (node.id !== null) declare(scope, node.id, node);
        return this.#function(node, scope);
      case "FunctionExpression":
        return this.#function(node, scope);
      case "ArrowFunctionExpression":
        return this.#function(node, scope);
      case "ClassDeclaration":
        if (node.declare) return;
        if (node.id !== null) declare(scope, node.id, node);
        return this.#class(node, scope);
      case "ClassExpression":
        return this.#class(node, scope);
      case "Property":
        this.#key(node, scope);
        return this.visit(node.value, scope);
      case "MethodDefinition":
        this.#all(node.decorators, scope);
        this.#key(node, scope);
        return this.visit(node.value, scope);
      case "PropertyDefinition":
      case "AccessorProperty":
        if (node.declare) return;
        this.#all(node.decorators, scope);
        this.#key(node, scope);
        if (node.value !== null) this.#owned(node, node.value, scope);
        return;
      case "StaticBlock":
        return this.#owned(node, node, new Scope(scope, true));
      case "MemberExpression":
        this.visit(node.object, scope);
        if (node.computed) this.visit(node.property, scope);
        return;
      case "LabeledStatement":
        return this.visit(node.body, scope);
      case "BreakStatement":
      case "ContinueStatement":
        return;
      case "BlockStatement":
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
        return this.#code(node, new Scope(scope));
      case "SwitchStatement":
        this.visit(node.discriminant, scope);
        return this.#all(node.cases, new Scope(scope));
      case "CatchClause":
        return this.#catch(node, new Scope(scope));
      case "TSEnumDeclaration":
        return this.#enum(node, scope);
      case "TSModuleDeclaration":
        return this.#namespace(node, scope);
      case "TSImportEqualsDeclaration":
        if (node.importKind !== "type") declare(scope, node.id, node);
        return;
      default:
        if (!node.type.startsWith("TS") || TRANSPARENT.includes(node.type)) {
          this.#code(node, scope);
        }
    }
  }

  /** Visits what stands in a node that means nothing for names. */
  #code(node: Node, scope: Scope): void {
    for (const property of CODE) {
      const found = (node as unknown as Record<string, unknown>)[property];
      this.#all(Array.isArray(found) ? found : [found], scope);
    }
  }

  #all(nodes: readonly unknown[], scope: Scope): void {
    for (const node of nodes) {
      if (typeof node === "object" && node !== null && "type" in node) {
        this.visit(node as Node, scope);
      }
    }
  }

  #bind(node: Bound["node"], word: Bound["word"]): void {
    this.bound.push({ node, word, owner: this.#owner });
  }

  /** Visits code in which `this` belongs to a node. */
  #owned(owner: Node, code: Node, scope: Scope): void {
    const outer = this.#owner;
    this.#owner = owner;
    if (owner === code) this.#code(code, scope);
    else this.visit(code, scope);
    this.#owner = outer;
  }

  #key(
    node: { readonly range: Range; computed: boolean; readonly key: Node },
    scope: Scope,
  ): void {
    const { key } = node;
    // Deno 2.9 does not say of the members of a class whether they are.
    const before = this.#text.slice(node.range[0], key.range[0]);
    if (node.computed || before.trimEnd().endsWith("[")) {
      this.visit(key, scope);
    }
  }

  #import(node: Deno.lint.ImportDeclaration, scope: Scope): void {
    if (node.importKind === "type") return;
    for (const specifier of node.specifiers) {
      const isType = specifier.type === "ImportSpecifier" &&
        specifier.importKind === "type";
      if (!isType) declare(scope, specifier.local, specifier);
    }
  }

  #export(node: Deno.lint.ExportNamedDeclaration, scope: Scope): void {
    if (node.declaration !== null) this.visit(node.declaration, scope);
    if (node.source !== null || node.exportKind === "type") return;
    for (const { local, exportKind } of node.specifiers) {
      if (exportKind !== "type") this.visit(local, scope);
    }
  }

  #declarations(node: Deno.lint.VariableDeclaration, scope: Scope): void {
    // What is only said to be there is a global.
    if (node.declare) return;
    const target = node.kind === "var" ? scope.functionScope : scope;
    for (const declarator of node.declarations) {
      this.#pattern(declarator.id, declarator, target, scope);
      if (declarator.init !== null) this.visit(declarator.init, scope);
    }
  }

  /** Declares the names in a pattern, and visits the code in it. */
  #pattern(
    pattern: Deno.lint.Node | Deno.lint.TSParameterProperty,
    by: Deno.lint.Node,
    target: Scope,
    scope: Scope,
  ): void {
    const { names, code } = partsOf(pattern, this.#text);
    for (const [name, id] of names) target.declare(name, { id, by });
    this.#all(code, scope);
  }

  #function(node: FunctionNode, scope: Scope): void {
    const isArrow = node.type === "ArrowFunctionExpression";
    let outermost = scope;
    if (node.type === "FunctionExpression" && node.id !== null) {
      outermost = new Scope(scope);
      declare(outermost, node.id, node);
    }
    // Parameters do not see what is declared in the body.
    const parameters = new Scope(outermost, true);
    this.scopes.set(node, outermost === scope ? parameters : outermost);
    if (!isArrow) {
      parameters.declare("arguments", { id: undefined, by: node });
    }
    const outer = this.#owner;
    if (!isArrow) this.#owner = node;
    for (const parameter of node.params) {
      this.#pattern(parameter, node, parameters, parameters);
    }
    if (node.body?.type === "BlockStatement") {
      this.#all(node.body.body, new Scope(parameters, true));
    } else if (node.body !== null) this.visit(node.body, parameters);
    this.#owner = outer;
  }

  #class(
    node: Deno.lint.ClassDeclaration | Deno.lint.ClassExpression,
    scope: Scope,
  ): void {
    const inner = new Scope(scope);
    if (node.id !== null) declare(inner, node.id, node);
    if (node.superClass !== null) this.visit(node.superClass, inner);
    this.#all(node.body.body, inner);
  }

  #catch(node: Deno.lint.CatchClause, scope: Scope): void {
    if (node.param !== null) this.#pattern(node.param, node, scope, scope);
    this.visit(node.body, scope);
  }

  #enum(node: Deno.lint.TSEnumDeclaration, scope: Scope): void {
    if (node.declare) return;
    declare(scope, node.id, node);
    // Its members see each other.
    const inner = new Scope(scope);
    for (const { id } of node.body.members) {
      if (id.type === "Identifier") declare(inner, id, node);
    }
    for (const { initializer } of node.body.members) {
      if (initializer !== undefined && initializer !== null) {
        this.visit(initializer, inner);
      }
    }
  }

  #namespace(node: Deno.lint.TSModuleDeclaration, scope: Scope): void {
    if (node.declare || node.id.type !== "Identifier") return;
    declare(scope, node.id, node);
    if (node.body !== undefined) this.#code(node.body, new Scope(scope, true));
  }
}

function declare(
  scope: Scope,
  id: Deno.lint.Identifier,
  by: Deno.lint.Node,
): void {
  scope.declare(id.name, { id, by });
}
