import { assertEquals } from "@std/assert";
import { blocksOf } from "../../examples/census/blocks.ts";
import { countWords } from "../../examples/census/words.ts";
import { Folder } from "./demo.ts";

/** The words of a file that is read in pieces, and the bytes that were read. */
function countInPieces(
  path: string,
  options: { size: number; piece: number; buffer: number },
): { words: Map<string, number>; count: number; bytes: number } {
  using file = Deno.openSync(path);
  const buffer = new Uint8Array(options.buffer);
  const words = new Map<string, number>();
  let count = 0;
  let bytes = 0;
  for (let start = 0; start <= options.size; start += options.piece) {
    const last = start + options.piece > options.size;
    const end = last ? Infinity : start + options.piece;
    for (const block of blocksOf(file, { path, start, end }, buffer)) {
      count += countWords(new TextDecoder().decode(block.words), words);
      bytes += block.bytes;
    }
  }
  return { words, count, bytes };
}

Deno.test("blocksOf() gives each word to one piece, whatever the sizes", async () => {
  await using folder = new Folder();
  const texts = ["", " ", "word", " a", "a ", "a bc  def\n\nghij k ", "  x  "];
  for (const text of texts) {
    const path = folder.write("text", text);
    const expected = new Map<string, number>();
    const count = countWords(text, expected);
    for (let piece = 1; piece <= text.length + 2; piece++) {
      for (let buffer = 5; buffer <= text.length + 5; buffer++) {
        const found = countInPieces(path, { size: text.length, piece, buffer });
        assertEquals(
          found,
          { words: expected, count, bytes: text.length },
          `"${text}", pieces of ${piece}, buffer of ${buffer}`,
        );
      }
    }
  }
});

Deno.test("blocksOf() counts a word once that is longer than the buffer", async () => {
  await using folder = new Folder();
  const text = "ab cdefghijklm no pqrstuvwxyz";
  const path = folder.write("text", text);
  for (let piece = 1; piece <= text.length; piece++) {
    for (let buffer = 1; buffer <= 12; buffer++) {
      const { count, bytes } = countInPieces(path, {
        size: text.length,
        piece,
        buffer,
      });
      assertEquals([count, bytes], [4, text.length]);
    }
  }
});

Deno.test("countWords() splits at ASCII white space and nothing else", () => {
  const words = new Map<string, number>();
  assertEquals(countWords("\ufeffa b\tc\nd\ve\ff\rg\u00a0h\u2028 a", words), 8);
  assertEquals([...words.keys()], [
    ...["\ufeffa", "b", "c", "d", "e", "f", "g\u00a0h\u2028", "a"],
  ]);
});
