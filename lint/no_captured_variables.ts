/**
 * `kindred/no-captured-variables`: a function that is sent to a worker uses its
 * arguments and globals only.
 *
 * @module
 */

import { ModuleScopes } from "./module_scopes.ts";
import type { Variable } from "./scope.ts";
import type { FunctionNode } from "./node.ts";
import { SentFunctions } from "./sent_functions.ts";

type Node = Deno.lint.Node;
type Ranged = { readonly range: Deno.lint.Range };

const HINT =
  "Pass it as an argument, or export the function with portable(import.meta.url, function ...)";

/** The rule. */
export const noCapturedVariables: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    const calls: Deno.lint.CallExpression[] = [];
    return {
      CallExpression(node) {
        calls.push(node);
      },
      "Program:exit"(program: Deno.lint.Program) {
        if (!program.body.some(({ type }) => type === "ImportDeclaration")) {
          return;
        }
        const scopes = new ModuleScopes(context.sourceCode);
        const sent = new SentFunctions(program, scopes);
        const functions = new Set(
          calls.map((call) => sent.in(call)).filter((fn) => fn !== undefined),
        );
        for (const fn of functions) {
          for (const [node, name] of captured(fn, scopes)) {
            context.report({
              node,
              message:
                `A function that is sent to a worker cannot use '${name}' of its surroundings`,
              hint: HINT,
            });
          }
        }
      },
    };
  },
};

/** What a function uses of its surroundings: each name once, where it is used first. */
function captured(
  fn: FunctionNode,
  scopes: ModuleScopes,
): Iterable<[Node, string]> {
  const own = scopes.scopeOf(fn);
  if (own === undefined) return [];
  const uses: [Node, string][] = [];
  for (const { node, variable } of scopes.references) {
    if (
      isWithin(node, fn) && variable !== undefined &&
      !variable.scope.isIn(own) && !comesAlong(variable, fn)
    ) uses.push([node, node.name]);
  }
  for (const { node, word, owner } of scopes.bound) {
    const isOwn = owner !== undefined && isWithin(owner, fn);
    if (isWithin(node, fn) && (word === "import.meta" || !isOwn)) {
      uses.push([node, word]);
    }
  }
  uses.sort(([a], [b]) => a.range[0] - b.range[0]);
  const first = new Map<string, [Node, string]>();
  for (const use of uses) {
    if (!first.has(use[1])) first.set(use[1], use);
  }
  return first.values();
}

/** Whether a variable is there on a worker too. */
function comesAlong(
  { name, declarations }: Variable,
  fn: FunctionNode,
): boolean {
  return declarations.every(({ by }) =>
    // A function that calls itself.
    by === fn ||
    // It is in scope where functions are compiled.
    (name === "currentTask" && by.type === "ImportSpecifier" &&
      by.imported.type === "Identifier" && by.imported.name === name)
  );
}

function isWithin(node: Ranged, other: Ranged): boolean {
  return node.range[0] >= other.range[0] && node.range[1] <= other.range[1];
}
