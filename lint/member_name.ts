/**
 * What a member of an object is called in the source.
 *
 * @module
 */

/** The name of a member that is written down: `a.name` and `a["name"]`. */
export function memberName(
  node: Deno.lint.MemberExpression,
): string | undefined {
  const { property } = node;
  if (!node.computed) {
    return property.type === "Identifier" ? property.name : undefined;
  }
  return property.type === "Literal" && typeof property.value === "string"
    ? property.value
    : undefined;
}
