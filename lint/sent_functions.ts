/**
 * Finding the functions that a module gives to Kindred to run on workers.
 *
 * Not every `map()` is one of a runtime: only those count whose object can be
 * followed back to something that was imported from Kindred.
 *
 * @module
 */

import { memberName } from "./member_name.ts";
import type { ModuleScopes } from "./module_scopes.ts";
import type { Variable } from "./scope.ts";
import type { FunctionNode } from "./node.ts";

type Node = Deno.lint.Node;

/** Which argument of a method runs on a worker. */
const SENT: Readonly<Record<string, number>> = {
  broadcast: 0,
  map: 1,
  spawn: 0,
  stream: 0,
};

/** What has those methods: by the name under which it is exported. */
const SENDERS: readonly string[] = [
  "JoinSet",
  "Runtime",
  "RuntimeFace",
  "Scope",
  "Spawner",
];

/** Methods of senders that give another one. */
const VIEWS: readonly string[] = ["on", "with"];

/** What an expression comes to, as far as it matters here. */
type Meaning = "sender" | "task" | undefined;

/** Whether an import may be one of Kindred: by its name, or from a file that passes it on. */
function isKindred(specifier: string): boolean {
  return /\bkindred\b/i.test(specifier) || /^\.{0,2}\//.test(specifier);
}

/** Looks for functions that are sent to workers. */
export class SentFunctions {
  readonly #scopes: ModuleScopes;
  /** What the imports from Kindred are called there, types too. */
  readonly #imported = new Map<string, string>();
  readonly #namespaces = new Set<string>();
  readonly #meanings = new Map<Variable, Meaning>();

  /** Looks at the imports of a module. */
  constructor(program: Deno.lint.Program, scopes: ModuleScopes) {
    this.#scopes = scopes;
    for (const statement of program.body) {
      if (statement.type !== "ImportDeclaration") continue;
      if (!isKindred(statement.source.value)) continue;
      for (const specifier of statement.specifiers) {
        const { name } = specifier.local;
        if (specifier.type === "ImportSpecifier") {
          this.#imported.set(name, exportedName(specifier.imported));
        } else if (specifier.type === "ImportNamespaceSpecifier") {
          this.#namespaces.add(name);
        }
      }
    }
  }

  /** The function that a call sends to workers, if its source can be seen. */
  in(call: Deno.lint.CallExpression): FunctionNode | undefined {
    const callee = withoutTypes(call.callee);
    if (callee.type !== "MemberExpression") return undefined;
    const method = memberName(callee);
    if (method === undefined || !Object.hasOwn(SENT, method)) return undefined;
    const sent = call.arguments[SENT[method]!];
    if (sent === undefined || this.#meaningOf(callee.object) !== "sender") {
      return undefined;
    }
    return this.#functionOf(sent);
  }

  /** The function that an expression certainly is. */
  #functionOf(node: Node): FunctionNode | undefined {
    const inner = withoutTypes(node);
    if (isFunction(inner)) return inner;
    if (inner.type !== "Identifier") return undefined;
    const [declaration, ...others] =
      this.#scopes.variableOf(inner)?.declarations ?? [];
    if (declaration === undefined || others.length > 0) return undefined;
    const { by, id } = declaration;
    if (by.type === "FunctionDeclaration") {
      return by.id === id ? by : undefined;
    }
    if (
      by.type !== "VariableDeclarator" || by.id !== id || by.init === null ||
      by.parent.kind !== "const"
    ) return undefined;
    const init = withoutTypes(by.init);
    return isFunction(init) ? init : undefined;
  }

  #meaningOf(node: Node): Meaning {
    const inner = withoutTypes(node);
    switch (inner.type) {
      case "AwaitExpression":
        return this.#meaningOf(inner.argument);
      case "Identifier": {
        const variable = this.#scopes.variableOf(inner);
        return variable && this.#meaningOfVariable(variable);
      }
      case "NewExpression":
        return this.#isSender(inner.callee) ? "sender" : undefined;
      case "CallExpression":
        return this.#meaningOfCall(inner);
      case "MemberExpression":
        return this.#meaningOfMember(inner);
      default:
        return undefined;
    }
  }

  #meaningOfCall(call: Deno.lint.CallExpression): Meaning {
    const callee = withoutTypes(call.callee);
    if (this.#importOf(callee) === "currentTask") return "task";
    if (callee.type !== "MemberExpression") return undefined;
    const method = memberName(callee);
    if (method === "start" && this.#importOf(callee.object) === "Runtime") {
      return "sender";
    }
    return method !== undefined && VIEWS.includes(method)
      ? this.#meaningOf(callee.object)
      : undefined;
  }

  #meaningOfMember(node: Deno.lint.MemberExpression): Meaning {
    const name = memberName(node);
    if (name === "runtime" && this.#meaningOf(node.object) === "task") {
      return "sender";
    }
    if (name === "current" && this.#importOf(node.object) === "Runtime") {
      return "sender";
    }
    if (node.object.type !== "ThisExpression" || node.computed) {
      return undefined;
    }
    const field = fieldOf(node, node.property);
    if (field === undefined) return undefined;
    if (this.#isSenderType(field.typeAnnotation)) return "sender";
    return field.value === null ? undefined : this.#meaningOf(field.value);
  }

  #meaningOfVariable(variable: Variable): Meaning {
    if (!this.#meanings.has(variable)) {
      // For what is defined by itself.
      this.#meanings.set(variable, undefined);
      this.#meanings.set(variable, this.#findMeaning(variable));
    }
    return this.#meanings.get(variable);
  }

  #findMeaning(variable: Variable): Meaning {
    for (const { id, by } of variable.declarations) {
      if (id === undefined) continue;
      if (this.#isSenderType(id.typeAnnotation)) return "sender";
      if (by.type === "VariableDeclarator") {
        const meaning = by.init === null ? undefined : this.#meaningOf(by.init);
        if (by.id === id && meaning !== undefined) return meaning;
        if (isRuntimeIn(by.id, id) && meaning === "task") return "sender";
      }
      if (isFunction(by) && by.params[0] === id && this.#isScope(by)) {
        return "sender";
      }
    }
    for (const { node, variable: other } of this.#scopes.references) {
      if (other !== variable) continue;
      const { parent } = node;
      if (parent.type !== "AssignmentExpression" || parent.left !== node) {
        continue;
      }
      const meaning = this.#meaningOf(parent.right);
      if (meaning !== undefined) return meaning;
    }
    return undefined;
  }

  /** Whether a function is given to `scope()`, which gives it a sender. */
  #isScope(node: FunctionNode): boolean {
    const call = node.parent;
    if (call.type !== "CallExpression" || call.arguments[0] !== node) {
      return false;
    }
    const callee = withoutTypes(call.callee);
    return callee.type === "MemberExpression" &&
      memberName(callee) === "scope" &&
      this.#meaningOf(callee.object) === "sender";
  }

  /** Under which name Kindred exports what a name stands for. */
  #importOf(node: Node): string | undefined {
    if (node.type === "Identifier") {
      const [declaration] = this.#scopes.variableOf(node)?.declarations ?? [];
      return declaration?.by.type === "ImportSpecifier"
        ? this.#imported.get(node.name)
        : undefined;
    }
    if (node.type !== "MemberExpression" || node.object.type !== "Identifier") {
      return undefined;
    }
    const [namespace] = this.#scopes.variableOf(node.object)?.declarations ??
      [];
    return namespace?.by.type === "ImportNamespaceSpecifier" &&
        this.#namespaces.has(node.object.name)
      ? memberName(node)
      : undefined;
  }

  #isSender(node: Node): boolean {
    return SENDERS.includes(this.#importOf(node) ?? "");
  }

  #isSenderType(annotation: Deno.lint.TSTypeAnnotation | undefined): boolean {
    return annotation !== undefined &&
      this.#namesSender(annotation.typeAnnotation);
  }

  #namesSender(type: Node): boolean {
    if (type.type === "TSUnionType") {
      return type.types.some((one) => this.#namesSender(one));
    }
    if (type.type !== "TSTypeReference") return false;
    const { typeName } = type;
    if (typeName.type === "Identifier") {
      return SENDERS.includes(this.#imported.get(typeName.name) ?? "");
    }
    return typeName.type === "TSQualifiedName" &&
      typeName.left.type === "Identifier" &&
      this.#namespaces.has(typeName.left.name) &&
      SENDERS.includes(typeName.right.name);
  }
}

/** Whether a node is a function with a body. */
function isFunction(node: Node): node is FunctionNode {
  return node.type === "ArrowFunctionExpression" ||
    node.type === "FunctionExpression" || node.type === "FunctionDeclaration";
}

/** Whether a pattern gives a name to the property `runtime`. */
function isRuntimeIn(pattern: Node, id: Deno.lint.Identifier): boolean {
  return pattern.type === "ObjectPattern" &&
    pattern.properties.some((property) =>
      property.type === "Property" && !property.computed &&
      property.key.type === "Identifier" &&
      property.key.name === "runtime" && property.value === id
    );
}

/** An expression without what is said of its type. */
function withoutTypes(node: Node): Node {
  switch (node.type) {
    case "ChainExpression":
    case "TSAsExpression":
    case "TSNonNullExpression":
    case "TSSatisfiesExpression":
    case "TSTypeAssertion":
      return withoutTypes(node.expression);
    default:
      return node;
  }
}

/** The field of the class around a node. */
function fieldOf(
  node: Node,
  property: Node,
): Deno.lint.PropertyDefinition | undefined {
  let around: Node = node;
  while (around.type !== "ClassBody") {
    if (around.type === "Program") return undefined;
    around = (around as { parent: Node }).parent;
  }
  return around.body.find((member): member is Deno.lint.PropertyDefinition =>
    member.type === "PropertyDefinition" && !member.computed &&
    member.key.type === property.type &&
    (member.key as { name?: string }).name ===
      (property as { name?: string }).name
  );
}

function exportedName(node: Deno.lint.Identifier | Deno.lint.Literal): string {
  return node.type === "Identifier" ? node.name : String(node.value);
}
