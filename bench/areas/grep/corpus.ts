/**
 * What is searched: a tree of small files, and a large one.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How much there is. */
export interface CorpusSize {
  /** How many small files there are. */
  readonly files: number;
  /** How many lines each of them has. */
  readonly lines: number;
  /** How many lines the large one has. */
  readonly largeLines: number;
}

/** Where it is. */
export interface Corpus {
  /** A folder with folders with small files. */
  readonly tree: string;
  /** A large file. */
  readonly large: string;
}

/** How many files are in a folder. */
const IN_FOLDER = 40;
const WORDS =
  "the wait loop reads a shared word and sleeps until another thread wakes it export function const return buffer index value of is not"
    .split(" ");
/** One line of so many has a word that others have not. */
const RARE = 500;

let users = 0;
let made: Promise<Corpus & { readonly folder: string }> | undefined;

/** Makes the files, unless they are there. */
export async function openCorpus(size: CorpusSize): Promise<Corpus> {
  users++;
  return await (made ??= make(size));
}

/** Removes them when nobody uses them any more. */
export async function closeCorpus(): Promise<void> {
  if (--users > 0) return;
  const { folder } = (await made)!;
  made = undefined;
  await rm(folder, { recursive: true });
}

async function make(
  { files, lines, largeLines }: CorpusSize,
): Promise<Corpus & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "kindred-grep-"));
  const [tree, large] = [join(folder, "tree"), join(folder, "large.txt")];
  const text = new Text();
  for (let k = 0; k < files; k++) {
    const path = join(tree, `${Math.floor(k / IN_FOLDER)}`);
    if (k % IN_FOLDER === 0) await Deno.mkdir(path, { recursive: true });
    await Deno.writeTextFile(join(path, `${k}.txt`), text.lines(lines));
  }
  const part = text.lines(10_000);
  using file = await Deno.create(large);
  const bytes = new TextEncoder().encode(part);
  for (let written = 0; written < largeLines; written += 10_000) {
    for (let at = 0; at < bytes.length;) {
      at += await file.write(bytes.subarray(at));
    }
  }
  return { folder, tree, large };
}

/** Lines as those of programs, the same ones each time. */
class Text {
  #seed = 1;
  #count = 0;

  lines(count: number): string {
    let text = "";
    for (let k = 0; k < count; k++) text += this.#line();
    return text;
  }

  #line(): string {
    const length = this.#below(12);
    const words = Array.from(
      { length },
      () => WORDS[this.#below(WORDS.length)]!,
    );
    if (this.#count++ % RARE === 0) words.push("needle");
    return `${words.join(" ")}\n`;
  }

  #below(end: number): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) | 0;
    return (this.#seed >>> 8) % end;
  }
}
