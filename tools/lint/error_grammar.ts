/**
 * `kindred/error-grammar`: error messages of the library are sentences that
 * begin with a capital letter, have no final period and no contractions.
 *
 * @module
 */

import { isLibrary, repositoryPath } from "./source_path.ts";

const MESSAGE_AT: Readonly<Record<string, number>> = {
  Error: 0,
  EvalError: 0,
  RangeError: 0,
  ReferenceError: 0,
  SyntaxError: 0,
  TypeError: 0,
  URIError: 0,
  DOMException: 0,
  AggregateError: 1,
};

const CONTRACTION =
  /[a-z](?:n['’]t|['’](?:re|ve|ll)\b)|\b(?:it|that|there|what|let)['’]s\b|\bI['’]m\b/i;

/** The rule. */
export const errorGrammar: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isLibrary(repositoryPath(context.filename))) return {};

    function check(
      node: Deno.lint.NewExpression | Deno.lint.CallExpression,
    ): void {
      if (node.callee.type !== "Identifier") return;
      const { name } = node.callee;
      if (!Object.hasOwn(MESSAGE_AT, name)) return;
      const message = node.arguments[MESSAGE_AT[name] ?? 0];
      if (message === undefined) return;
      for (const fault of grammarFaults(literalParts(message))) {
        context.report({
          node: message,
          message: `Error message ${fault}`,
          hint:
            "Write for example: Cannot create barrier as 'parties' must be a positive integer: received 0",
        });
      }
    }

    return { NewExpression: check, CallExpression: check };
  },
};

/** What is wrong with a message of which these parts are known. */
function grammarFaults(parts: readonly (string | undefined)[]): string[] {
  const faults: string[] = [];
  const first = parts.at(0);
  if (first !== undefined && !/^\p{Lu}/u.test(first)) {
    faults.push("does not start with a capital letter");
  }
  if (parts.at(-1)?.trimEnd().endsWith(".")) faults.push("ends with a period");
  if (parts.some((part) => part !== undefined && CONTRACTION.test(part))) {
    faults.push("has a contraction");
  }
  return faults;
}

/** The pieces of a text as they are written; undefined stands for a value. */
function literalParts(node: Deno.lint.Node): (string | undefined)[] {
  if (node.type === "Literal" && typeof node.value === "string") {
    return [node.value];
  }
  if (node.type === "TemplateLiteral") {
    return node.quasis
      .flatMap((quasi) => [quasi.cooked, undefined])
      .slice(0, -1)
      // An empty text at an end is no text: the message is a value there.
      .filter((part) => part !== "");
  }
  if (node.type === "BinaryExpression" && node.operator === "+") {
    return [...literalParts(node.left), ...literalParts(node.right)];
  }
  return [undefined];
}
