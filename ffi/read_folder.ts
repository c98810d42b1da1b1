/**
 * Listing folders through the C library, which needs `--allow-ffi` only.
 *
 * @module
 */

import type { Libc } from "./libc.ts";

/** Of a `struct dirent`, the same in glibc and musl: where its length is, and where its name. */
const LENGTH_OFFSET = 16;
const NAME_OFFSET = 19;

/** The names of what is in a folder; none where it is missing or cannot be read. */
export function namesInFolder(libc: Libc, folder: string): string[] {
  const { closeFolder, openFolder, readFolder } = libc;
  if (openFolder === null || readFolder === null || closeFolder === null) {
    return [];
  }
  if (folder.includes("\0")) return [];
  const opened = openFolder(new TextEncoder().encode(`${folder}\0`));
  if (opened === 0n) return [];
  try {
    const names: string[] = [];
    let entry = readFolder(opened);
    while (entry !== 0n) {
      names.push(nameOf(libc, entry));
      entry = readFolder(opened);
    }
    return names.filter((name) => name !== "." && name !== "..");
  } finally {
    closeFolder(opened);
  }
}

/** The name in the entry at an address. */
function nameOf(libc: Libc, entry: bigint): string {
  const head = new Uint8Array(NAME_OFFSET);
  libc.memcpy(head, entry, BigInt(head.length));
  const length = new DataView(head.buffer).getUint16(LENGTH_OFFSET, true);
  const name = new Uint8Array(length - NAME_OFFSET);
  libc.memcpy(name, entry + BigInt(NAME_OFFSET), BigInt(name.length));
  return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
}
