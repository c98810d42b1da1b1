/**
 * The bytes of a file as a source.
 *
 * @module
 */

import { ANY_LENGTHS } from "../plan/lengths.ts";
import type { LoopCode } from "../plan/loop_code.ts";
import { IndexedNode, names } from "../plan/node.ts";
import type { FileText } from "./file_text.ts";

/** Pieces of as many bytes; the last one may be shorter. */
export class FilePiecesNode extends IndexedNode {
  constructor(file: FileText, size: number) {
    super({
      key: "pieces",
      params: [file, size],
      length: Math.ceil(file.length / size),
      lengths: ANY_LENGTHS,
    });
  }

  override emitAt(code: LoopCode, base: number, index: string): string {
    const [file, size] = names(base, 2);
    return code.value(`${file}.piece(${index}, ${size})`);
  }
}
