/**
 * `kindred/import-direction`: library code imports relative specifiers and
 * `node:` only, and nothing from a folder above or beside its own.
 *
 * @module
 */

import { posix } from "node:path";
import { MAY_IMPORT } from "../repository.ts";
import { isLibrary, libraryFolder, repositoryPath } from "./source_path.ts";

/** The rule. */
export const importDirection: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    const path = repositoryPath(context.filename);
    if (!isLibrary(path)) return {};

    function check(node: Deno.lint.Node, specifier: unknown): void {
      if (typeof specifier !== "string") return;
      const fault = importFault(path, specifier);
      if (fault !== undefined) context.report({ node, ...fault });
    }

    return {
      ImportDeclaration: ({ source }) => check(source, source.value),
      ExportAllDeclaration: ({ source }) => check(source, source.value),
      ExportNamedDeclaration: ({ source }) => {
        if (source !== null) check(source, source.value);
      },
      ImportExpression: ({ source }) => {
        if (source.type === "Literal") check(source, source.value);
      },
      TSImportType: ({ argument }) => {
        if (argument.type === "TSLiteralType") {
          const { literal } = argument;
          if (literal.type === "Literal") check(argument, literal.value);
        }
      },
      // A module that is named by its URL is loaded all the same.
      NewExpression: (node) => {
        const [specifier, base] = node.arguments;
        if (
          node.callee.type === "Identifier" && node.callee.name === "URL" &&
          specifier?.type === "Literal" && base !== undefined &&
          context.sourceCode.getText(base) === "import.meta.url"
        ) check(specifier, specifier.value);
      },
    };
  },
};

interface Fault {
  message: string;
  hint: string;
}

function importFault(path: string, specifier: string): Fault | undefined {
  if (specifier.startsWith("node:")) return undefined;
  if (!/^\.\.?\//.test(specifier)) {
    return {
      message: `Library code may not import "${specifier}"`,
      hint:
        "Import relative specifiers and node: only: the library has no dependencies and can be imported from a plain URL",
    };
  }
  if (!specifier.endsWith(".ts")) {
    return {
      message: `The specifier "${specifier}" does not end in ".ts"`,
      hint: "Name the file, with its extension",
    };
  }
  const target = posix.join(posix.dirname(path), specifier);
  if (path === "workers/host.ts" && posix.basename(target) === "mod.ts") {
    return {
      message: "The host module may not import a barrel",
      hint:
        `Import from the files that it needs instead of "${specifier}": every worker loads what this module imports`,
    };
  }
  return folderFault(libraryFolder(path), target);
}

function folderFault(
  folder: string | undefined,
  target: string,
): Fault | undefined {
  const targetFolder = libraryFolder(target);
  if (targetFolder === undefined) {
    return {
      message: `Library code may not import "${target}"`,
      hint: "Only files in the library's folders are published for import",
    };
  }
  if (folder === undefined || folder === targetFolder) return undefined;
  const allowed = MAY_IMPORT[folder] ?? [];
  if (allowed.includes(targetFolder)) return undefined;
  return {
    message: `${folder}/ may not import from ${targetFolder}/`,
    hint: allowed.length === 0
      ? `${folder}/ imports from no other folder`
      : `${folder}/ may import from ${allowed.join("/, ")}/ only`,
  };
}
