/**
 * Archives that the kernel unpacks into its first file system: cpio, "newc".
 *
 * @module
 */

/** A file of an archive, or a folder if it has no content. */
export interface ArchiveEntry {
  /** Its path, without a slash in front. */
  readonly path: string;
  /** What is in it; a folder has none. */
  readonly content?: Uint8Array | string;
}

const FOLDER = 0o040755;
const PROGRAM = 0o100755;
const ENCODER = new TextEncoder();

/** The archive of some files; folders come before what is in them. */
export function archiveOf(
  entries: readonly ArchiveEntry[],
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  entries.forEach(({ path, content }, index) => {
    const bytes = typeof content === "string"
      ? ENCODER.encode(content)
      : content ?? new Uint8Array(0);
    const mode = content === undefined ? FOLDER : PROGRAM;
    parts.push(...entryOf(path, { inode: index + 1, mode, bytes }));
  });
  const none = { inode: 0, mode: 0, bytes: new Uint8Array(0) };
  parts.push(...entryOf("TRAILER!!!", none));
  return concatenated(parts);
}

function entryOf(
  path: string,
  file: { inode: number; mode: number; bytes: Uint8Array },
): Uint8Array[] {
  const name = ENCODER.encode(`${path}\0`);
  const { bytes, inode, mode } = file;
  // Inode, mode, user, group, links, time, size, four device numbers, the length
  // of the name, a checksum.
  const fields = [
    ...[inode, mode, 0, 0, 1, 0, bytes.length],
    ...[0, 0, 0, 0, name.length, 0],
  ];
  const hex = fields.map((field) => field.toString(16).padStart(8, "0"));
  const head = ENCODER.encode(`070701${hex.join("")}`);
  return [
    head,
    name,
    padding(head.length + name.length),
    bytes,
    padding(bytes.length),
  ];
}

/** What is missing to a whole number of words. */
function padding(length: number): Uint8Array {
  return new Uint8Array((4 - length % 4) % 4);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
