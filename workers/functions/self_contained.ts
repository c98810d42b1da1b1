/**
 * Functions that use only their arguments and globals: what is shipped of them
 * is their source.
 *
 * The engine's own parser says whether a source can stand on its own. What it
 * cannot say is whether a name belongs to the surroundings: that shows when the
 * function runs.
 *
 * @module
 */

import { inQuotes } from "./function_definition.ts";
import { type AnyFunction, isClass } from "./portable.ts";

const EXPORT_IT = "export the function with portable()";

/** `f(`, `async f(`, `*f(` and `async *f(`: how a method begins. */
const METHOD =
  /^(async(?![\p{ID_Continue}$])\s*(?=[*\p{ID_Start}$_]))?(\*\s*)?[\p{ID_Start}$_][\p{ID_Continue}$]*\s*(?=\()/u;

/** A dynamic import whose specifier is written down and relative. */
const RELATIVE_IMPORT =
  /(?<![.\w$#])import(?=\s*(?:\/\*[^]*?\*\/\s*)*\(\s*(?:\/\*[^]*?\*\/\s*)*["'`]\.{0,2}\/)/g;

/**
 * The source of a function, as an expression that makes it.
 *
 * @param text What `Function.prototype.toString` says of it.
 * @throws {TypeError} If it could not run on its own, or the engine is told not to
 * make code from strings.
 */
export function sourceOf(fn: AnyFunction, name: string, text: string): string {
  if (isClass(fn)) throw refusal(name, "it is a class", "pass a function");
  let source = text;
  let fault = faultOf(source);
  if (fault !== undefined && METHOD.test(text)) {
    // Without its name: a method cannot call itself by it.
    source = text.replace(
      METHOD,
      (_, async = "", star = "") => `${async && "async "}function${star}`,
    );
    fault = faultOf(source);
  }
  if (fault !== undefined) throw notOnItsOwn(name, text, fault);
  if (uses(source, /\bthis\b/g, "new.target", /new\.target/)) {
    throw foreign(name, "this");
  }
  if (source.includes("arguments") && usesArguments(source)) {
    throw foreign(name, "arguments");
  }
  if (uses(source, RELATIVE_IMPORT, "import.meta", /import\.meta/)) {
    throw refusal(
      name,
      "it imports a module by a relative specifier, which depends on where the function stands",
      `import it by its full URL or ${EXPORT_IT}`,
    );
  }
  return source;
}

/** The sentence about something that belongs to the surroundings. */
export function surroundings(
  action: string,
  name: string,
  what: string,
): string {
  return `Cannot ${action} ${inQuotes(name)} ${
    action === "run" ? "on" : "to"
  } a worker as it uses '${what}' of its surroundings: pass it as an argument or ${EXPORT_IT}`;
}

function foreign(name: string, what: string): TypeError {
  return new TypeError(surroundings("send", name, what));
}

function refusal(name: string, reason: string, advice: string): TypeError {
  return new TypeError(
    `Cannot send ${inQuotes(name)} to a worker as ${reason}: ${advice}`,
  );
}

/** The error about a source that the parser refuses. */
function notOnItsOwn(
  name: string,
  text: string,
  fault: SyntaxError,
): TypeError {
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) {
    return refusal(
      name,
      "it is bound or built in, so that it has no source",
      "wrap it in a function",
    );
  }
  if (/^(?:get|set)\s/.test(text)) {
    return refusal(name, "it is an accessor", "wrap it in a function");
  }
  const reason = /import\.meta/.test(fault.message)
    ? "it uses 'import.meta' of its module"
    : /super/.test(fault.message)
    ? "it uses 'super' of its class"
    : /new\.target/.test(fault.message)
    ? "it uses 'new.target' of its surroundings"
    : /Private (?:field|name)/i.test(fault.message)
    ? "it uses a private name of its class"
    : `its source does not stand on its own as strict code (${fault.message})`;
  const error = refusal(name, reason, EXPORT_IT);
  error.cause = fault;
  return error;
}

/** What the parser has against a source as a strict expression. */
function faultOf(source: string): SyntaxError | undefined {
  try {
    // Only parsed: what is made here is a function that nobody calls.
    (0, eval)(`"use strict";()=>(${source}\n)`);
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw new TypeError(
      `Cannot send functions as their source as this program may not make code from strings: ${EXPORT_IT}`,
      { cause: error },
    );
  }
}

/**
 * Whether something stands in the code of a source, not only in its texts and
 * comments: whether it can be replaced by what cannot stand there.
 */
function uses(
  source: string,
  what: RegExp,
  illegal: string,
  complaint: RegExp,
): boolean {
  const replaced = source.replace(what, illegal);
  if (replaced === source) return false;
  const fault = faultOf(replaced)?.message ?? "";
  // It may have been the name of a group.
  return complaint.test(fault) && !/regular expression/i.test(fault);
}

/** Whether a source uses `arguments` that are not its own. */
function usesArguments(source: string): boolean {
  // No initializer of a field may use `arguments`, nor may an arrow function in it.
  return /arguments/.test(faultOf(`class{_=(${source}\n)}`)?.message ?? "");
}
