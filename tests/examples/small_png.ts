/**
 * Small PNG files: of the colours of a picture the 256 are taken that represent all others
 * best (median cut, P. Heckbert 1982).
 *
 * Source: https://www.w3.org/TR/png-3/.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";

/** Red, green and blue. */
type Colour = readonly [number, number, number];

/** A colour, and how many pixels have it. */
interface Tally {
  readonly colour: Colour;
  readonly count: number;
}

const COLOURS = 256;

/** Encodes a picture: red, green, blue and opacity, which does not count, of each pixel. */
export function smallPng(
  rgba: Uint8Array,
  [width, height]: readonly [number, number],
): Uint8Array<ArrayBuffer> {
  const boxes = boxesOf(talliesIn(rgba));
  const indices = new Map<number, number>();
  for (const [k, box] of boxes.entries()) {
    for (const { colour } of box) indices.set(keyOf(...colour), k);
  }
  const rows = new Uint8Array((width + 1) * height); // each begins with a 0: no filter
  for (let p = 0; p < width * height; p++) {
    const key = keyOf(rgba[4 * p]!, rgba[4 * p + 1]!, rgba[4 * p + 2]!);
    rows[p + Math.floor(p / width) + 1] = indices.get(key)!;
  }
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint16(8, 0x0803); // 8 bits, which are an index
  return new Uint8Array(Buffer.concat([
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    ...chunk("IHDR", new Uint8Array(header.buffer)),
    ...chunk("PLTE", Uint8Array.from(boxes.flatMap(meanOf))),
    ...chunk("IDAT", deflateSync(rows, { level: 9 })),
    ...chunk("IEND", new Uint8Array()),
  ]));
}

function keyOf(red: number, green: number, blue: number): number {
  return (red << 16) | (green << 8) | blue;
}

function talliesIn(rgba: Uint8Array): Tally[] {
  const counts = new Map<number, number>();
  for (let k = 0; k < rgba.length; k += 4) {
    const key = keyOf(rgba[k]!, rgba[k + 1]!, rgba[k + 2]!);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => ({
    colour: [key >> 16, (key >> 8) & 255, key & 255],
    count,
  }));
}

/** Divides the box of all colours, at each step the one in which they differ most. */
function boxesOf(tallies: Tally[]): Tally[][] {
  const boxes = [tallies];
  while (boxes.length < COLOURS) {
    const widths = boxes.map((box) =>
      widest(box).width * Math.sqrt(sizeOf(box))
    );
    const most = widths.indexOf(Math.max(...widths));
    if (widths[most] === 0) break;
    boxes.splice(most, 1, ...halvesOf(boxes[most]!));
  }
  return boxes;
}

/** Two boxes with about as many pixels each. */
function halvesOf(box: readonly Tally[]): [Tally[], Tally[]] {
  const { channel } = widest(box);
  const sorted = box.toSorted((a, b) => a.colour[channel] - b.colour[channel]);
  const half = sizeOf(box) / 2;
  let at = 0;
  for (let size = 0; at < sorted.length - 1 && size < half; at++) {
    size += sorted[at]!.count;
  }
  return [sorted.slice(0, at), sorted.slice(at)];
}

/** In which channel the colours of a box differ most, and by how much. */
function widest(box: readonly Tally[]): { channel: 0 | 1 | 2; width: number } {
  let [channel, width]: [0 | 1 | 2, number] = [0, 0];
  for (const k of [0, 1, 2] as const) {
    let [least, most] = [255, 0];
    for (const { colour } of box) {
      least = Math.min(least, colour[k]);
      most = Math.max(most, colour[k]);
    }
    if (most - least > width) [channel, width] = [k, most - least];
  }
  return { channel, width };
}

function meanOf(box: readonly Tally[]): number[] {
  const size = sizeOf(box);
  return [0, 1, 2].map((k) =>
    Math.round(
      box.reduce((sum, { colour, count }) => sum + count * colour[k]!, 0) /
        size,
    )
  );
}

function sizeOf(box: readonly Tally[]): number {
  return box.reduce((sum, { count }) => sum + count, 0);
}

/** Data with its length, its name, and a checksum of name and data. */
function chunk(name: string, data: Uint8Array): Uint8Array[] {
  const named = Buffer.concat([Buffer.from(name), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(named));
  return [length, named, checksum];
}
