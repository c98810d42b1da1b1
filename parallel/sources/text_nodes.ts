/**
 * What a text is cut into.
 *
 * @module
 */

import { ANY_LENGTHS } from "../plan/lengths.ts";
import type { LoopCode } from "../plan/loop_code.ts";
import {
  type Body,
  FreeNode,
  names,
  type Node,
  type NodeParts,
} from "../plan/node.ts";
import type { Text } from "./text.ts";

/** The lines of a text, without their ends. */
export function linesNode(text: Text): Node {
  return textNode("lines", text, (code, block, body) => {
    const [at, end] = [code.name("i"), code.name("i")];
    code.line(`for (let ${at} = 0, ${end}; ${at} < ${block}.length;) {`);
    code.line(`${end} = ${block}.indexOf("\\n", ${at});`);
    const line = code.value(
      `${end} < 0 ? ${block}.slice(${at}) : ${block}.slice(${at}, ${block}.charCodeAt(${end} - 1) === 13 ? ${end} - 1 : ${end})`,
    );
    code.line(`${at} = ${end} < 0 ? ${block}.length : ${end} + 1;`);
    body(line);
    code.line("}");
  });
}

/** The lines of a text, some at a time, with their ends. */
export function blocksNode(text: Text): Node {
  return textNode("blocks", text, (_, block, body) => body(block));
}

function textNode(
  key: string,
  text: Text,
  emit: (code: LoopCode, block: string, body: Body) => void,
): Node {
  const parts: NodeParts = {
    key,
    params: [text],
    length: text.length,
    lengths: ANY_LENGTHS,
  };
  return new FreeNode(parts, (code, base, from, to, body) => {
    const [text] = names(base, 1);
    const block = code.name("b");
    code.line(`for (const ${block} of ${text}.blocksIn(${from}, ${to})) {`);
    emit(code, block, body);
    code.line("}");
  });
}
