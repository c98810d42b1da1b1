/**
 * Whether an instance of a class can be made of its fields.
 *
 * @module
 */

/** A private name as it may stand in a class. */
const PRIVATE = /#([\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)/gu;

/**
 * Checks that an instance is nothing but its fields: that neither its class nor one
 * that it extends has private ones, or is a built-in class whose instances hold more.
 *
 * @throws {TypeError} If not.
 */
export function checkFieldForm(
  name: string,
  type: abstract new (...args: never[]) => unknown,
): void {
  for (
    let next: object = type;
    typeof next === "function";
    next = Object.getPrototypeOf(next)
  ) {
    if (next === Function.prototype || next === Object) return;
    const text = Function.prototype.toString.call(next);
    if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) {
      throw refusal(name, `${(next as typeof Function).name} is built in`);
    }
    const found = privateName(text);
    if (found !== undefined) throw refusal(name, `'${found}' is private`);
  }
}

function refusal(name: string, reason: string): TypeError {
  return new TypeError(
    `Cannot register class '${name}' as an instance cannot be made of its fields: ${reason}; say with 'take' and 'make' what is sent`,
  );
}

/**
 * A private name that the instances of a class have, by its source: one that cannot be
 * declared once more. What looks like one may stand in a text, or in a class inside.
 */
function privateName(text: string): string | undefined {
  const end = text.lastIndexOf("}");
  if (!text.startsWith("class") || end < 0) return undefined;
  const [head, tail] = [text.slice(0, end), text.slice(end)];
  for (const name of new Set(text.match(PRIVATE) ?? [])) {
    if (isStatic(text, name)) continue;
    if (!parses(`${head}\n;${tail}`)) return undefined; // nobody can say
    if (!parses(`${head}\n;${name};${tail}`)) return name;
  }
  return undefined;
}

/** Static ones are those of the class, which the other side has. */
function isStatic(text: string, name: string): boolean {
  const escaped = name.replaceAll("$", "\\$");
  return new RegExp(
    `\\bstatic\\s+(?:async\\b\\s*)?(?:[gs]et\\b\\s*)?\\*?\\s*${escaped}(?![\\w$])`,
  ).test(text);
}

/** Whether a source is an expression. */
function parses(text: string): boolean {
  try {
    // Only parsed: what is made here is a function that nobody calls.
    (0, eval)(`"use strict";()=>(${text}\n)`);
    return true;
  } catch {
    return false; // also where code may not be made from texts
  }
}
