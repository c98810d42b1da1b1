/**
 * Pictures as PNG files.
 *
 * Source: https://www.w3.org/TR/png-3/.
 *
 * @module
 */

/** A picture: red, green and blue of each pixel, one byte each, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
/** Bits of a colour; the colours are red, green and blue. */
const [DEPTH, TRUECOLOUR] = [8, 2] as const;
/** Each byte of a row is sent as its difference to the pixel before. */
const SUB = 1;

/**
 * Encodes a picture.
 *
 * @throws {RangeError} If it has another number of pixels than its sides say.
 */
export async function encodePng(picture: Picture): Promise<Uint8Array> {
  const { width, height, pixels } = picture;
  if (pixels.length !== 3 * width * height) {
    throw new RangeError(
      `Cannot encode picture as it must have ${3 * width * height} bytes ` +
        `for ${width} x ${height} pixels: received ${pixels.length}`,
    );
  }
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, DEPTH);
  header.setUint8(9, TRUECOLOUR);
  const parts = [
    SIGNATURE,
    chunk("IHDR", new Uint8Array(header.buffer)),
    chunk("IDAT", await compressed(filtered(picture))),
    chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function filtered({ width, height, pixels }: Picture): Uint8Array<ArrayBuffer> {
  const row = 3 * width;
  const bytes = new Uint8Array((row + 1) * height);
  for (let y = 0; y < height; y++) {
    const from = y * row;
    let at = y * (row + 1);
    bytes[at++] = SUB;
    for (let k = 0; k < row; k++) {
      bytes[at++] = pixels[from + k]! - (k < 3 ? 0 : pixels[from + k - 3]!);
    }
  }
  return bytes;
}

async function compressed(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Data with its length, its name, and a checksum of name and data. */
function chunk(name: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let k = 0; k < 4; k++) bytes[4 + k] = name.charCodeAt(k);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = (remainder & 1 ? 0xedb88320 : 0) ^ (remainder >>> 1);
  }
  return remainder;
});

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc = REMAINDERS[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
