/**
 * Where the files of `/sys` and `/proc` are read: of this machine or of a
 * recorded one.
 *
 * @module
 */

import { ascending, parseCpuList, trimKernelText } from "./cpu_list.ts";
import { parseCpuMap } from "./cpu_map.ts";

/** Reads files by their path on the machine; `undefined` where there is no such file. */
export type ReadFile = (path: string) => string | undefined;

/** Names what is in a folder of the machine; nothing where there is no such folder. */
export type NamesIn = (folder: string) => readonly string[];

/**
 * The files of a machine, read as what they hold. Whatever is missing or
 * malformed is `undefined`: a machine with a strange file is still a machine.
 */
export class MachineFiles {
  readonly #read: ReadFile;
  readonly #namesIn: NamesIn;
  /** The ids of each list met so far: on big machines the same few come up all the time. */
  readonly #lists = new Map<string, readonly number[] | undefined>();
  /** The ids of each bit map met so far. */
  readonly #maps = new Map<string, readonly number[] | undefined>();

  /** Files that are read through the given functions; folders cannot be listed without the second. */
  constructor(read: ReadFile, namesIn: NamesIn = () => []) {
    this.#read = read;
    this.#namesIn = namesIn;
  }

  /** The text of a file without the white space and NULs around it. */
  text(path: string): string | undefined {
    const text = this.#read(path);
    return text === undefined ? undefined : trimKernelText(text);
  }

  /** The lines of a file; none where it is missing. */
  lines(path: string): string[] {
    return this.text(path)?.split("\n") ?? [];
  }

  /** An integer. */
  integer(path: string): number | undefined {
    const text = this.text(path);
    return text !== undefined && /^-?\d+$/.test(text)
      ? Number(text)
      : undefined;
  }

  /** An integer that is an id: the kernel writes -1 for "unknown". */
  id(path: string): number | undefined {
    const id = this.integer(path);
    return id === undefined || id < 0 ? undefined : id;
  }

  /** A kernel list of ids; an empty file is an empty list. */
  list(path: string): readonly number[] | undefined {
    const text = this.text(path);
    return text === undefined ? undefined : this.parse(text);
  }

  /** A kernel list of ids, out of a file. */
  parse(text: string): readonly number[] | undefined {
    if (!this.#lists.has(text)) this.#lists.set(text, parsed(text));
    return this.#lists.get(text);
  }

  /** A bit map of ids. */
  map(path: string): readonly number[] | undefined {
    const text = this.text(path);
    return text === undefined ? undefined : this.parseMap(text);
  }

  /** A bit map of ids, out of a file. */
  parseMap(text: string): readonly number[] | undefined {
    if (!this.#maps.has(text)) this.#maps.set(text, parseCpuMap(text));
    return this.#maps.get(text);
  }

  /** The names of what is in a folder, each once; none where folders cannot be listed. */
  names(folder: string): string[] {
    return [...new Set(this.#namesIn(folder))].sort();
  }

  /** The ids of the folders `<name><id>` in a folder, ascending, where the kernel does not list them. */
  numbered(folder: string, name: string): number[] {
    return this.names(folder)
      .filter((each) => each.startsWith(name))
      .map((each) => each.slice(name.length))
      .filter((rest) => /^\d+$/.test(rest)).map(Number).sort(ascending);
  }
}

function parsed(text: string): readonly number[] | undefined {
  try {
    return parseCpuList(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}
