/**
 * Telling a use of a global from other identifiers of the same name.
 *
 * @module
 */

const GLOBAL_OBJECTS = ["globalThis", "self", "window"];

/**
 * Whether an identifier stands for a global: not for a property, a key, or a
 * label of that name. `globalThis.name` counts.
 */
export function isGlobalUse(node: Deno.lint.Identifier): boolean {
  const { parent } = node;
  switch (parent.type) {
    case "MemberExpression":
      return parent.object === node || parent.computed ||
        isGlobalObject(parent.object);
    case "Property":
      return parent.value === node || parent.computed;
    case "MethodDefinition":
    case "PropertyDefinition":
      return parent.value === node || parent.computed;
    case "TSPropertySignature":
    case "TSMethodSignature":
      return false;
    default:
      return true;
  }
}

function isGlobalObject(node: Deno.lint.Expression): boolean {
  return node.type === "Identifier" && GLOBAL_OBJECTS.includes(node.name);
}
