/**
 * Where the files of `/sys` and `/proc` are read: of this machine or of a
 * recorded one.
 *
 * @module
 */

import { parseCpuList, trimKernelText } from "./cpu_list.ts";
import { parseCpuMap } from "./cpu_map.ts";

/** Reads files by their path on the machine; `undefined` where there is no such file. */
export type ReadFile = (path: string) => string | undefined;

/**
 * The files of a machine, read as what they hold. Whatever is missing or
 * malformed is `undefined`: a machine with a strange file is still a machine.
 */
export class MachineFiles {
  readonly #read: ReadFile;

  /** Files that are read through the given function. */
  constructor(read: ReadFile) {
    this.#read = read;
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
  list(path: string): number[] | undefined {
    const text = this.text(path);
    return text === undefined ? undefined : this.parse(text);
  }

  /** A kernel list of ids, out of a file. */
  parse(text: string): number[] | undefined {
    try {
      return parseCpuList(text);
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof RangeError) {
        return undefined;
      }
      throw error;
    }
  }

  /** A bit map of ids. */
  map(path: string): number[] | undefined {
    const text = this.text(path);
    return text === undefined ? undefined : parseCpuMap(text);
  }

  /** The first list or map that exists of `<path>_list` and `<path>`, as newer and older kernels have them. */
  siblings(...paths: readonly string[]): number[] | undefined {
    for (const path of paths) {
      const ids = this.list(`${path}_list`) ?? this.map(path);
      if (ids !== undefined) return ids;
    }
    return undefined;
  }

  /** The ids below `limit` whose files exist, where the kernel does not list them: it gives up after a long gap. */
  probe(limit: number, exists: (id: number) => boolean): number[] {
    const ids: number[] = [];
    const gap = 64;
    let last = -1;
    for (let id = 0; id < limit && id - last <= gap; id++) {
      if (!exists(id)) continue;
      ids.push(id);
      last = id;
    }
    return ids;
  }
}
