import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, inflateSync } from "node:zlib";
import { blank, draw, drawAlone } from "../../examples/pictures/fractal.ts";
import { encodePng, type Picture } from "../../examples/pictures/png.ts";
import { picturePage } from "../../examples/pictures/picture_page.ts";
import { ProgressBar } from "../../examples/pictures/progress_bar.ts";
import { drawScene } from "../../examples/pictures/scene.ts";
import {
  darkroom,
  sharpen,
  sharpenAlone,
} from "../../examples/pictures/sharpen.ts";
import { RADIUS } from "../../examples/pictures/unsharp.ts";
import { SharedCounter } from "../../sync/mod.ts";
import { Runtime } from "../../workers/mod.ts";
import { runProgram } from "../support/run_program.ts";

const timeout = 60_000;
const PICTURES = new URL("../../examples/pictures/", import.meta.url);

/** Reads what encodePng() writes, and nothing else. */
function decodePng(png: Uint8Array): Picture {
  assertEquals([...png.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const chunks = new Map<string, Uint8Array>();
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  for (let at = 8; at < png.length;) {
    const end = at + 8 + view.getUint32(at);
    assertEquals(view.getUint32(end), crc32(png.subarray(at + 4, end)));
    const name = String.fromCharCode(...png.subarray(at + 4, at + 8));
    chunks.set(name, png.slice(at + 8, end));
    at = end + 4;
  }
  assertEquals([...chunks.keys()], ["IHDR", "IDAT", "IEND"]);
  const header = new DataView(chunks.get("IHDR")!.buffer);
  assertEquals(header.byteLength, 13);
  assertEquals([header.getUint8(8), header.getUint8(9)], [8, 2]);
  const [width, height] = [header.getUint32(0), header.getUint32(4)];
  const bytes = inflateSync(chunks.get("IDAT")!);
  const pixels = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const row = pixels.subarray(3 * width * y, 3 * width * (y + 1));
    const from = (3 * width + 1) * y;
    assertEquals(bytes[from], 1);
    row.forEach((_, k) => row[k] = bytes[from + 1 + k]! + (row[k - 3] ?? 0));
  }
  return { width, height, pixels };
}

Deno.test("encodePng() writes every pixel, and checksums", async () => {
  const pixels = Uint8Array.from({ length: 3 * 5 * 4 }, (_, k) => k * k * 31);
  const picture = { width: 5, height: 4, pixels };
  assertEquals(decodePng(await encodePng(picture)), picture);
});

Deno.test("encodePng() refuses a picture of another size", async () => {
  const pixels = new Uint8Array(11);
  const error = await assertRejects(
    () => encodePng({ width: 2, height: 2, pixels }),
    RangeError,
  );
  assertMatch(error.message, /received 11/);
});

Deno.test(
  "draw() draws on all threads what one thread draws, and counts rows",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const [width, height] = [64, 48];
    const [together, alone] = [blank(width, height), blank(width, height)];
    const progress = new SharedCounter();
    await draw(together, { runtime, progress, eager: true });
    drawAlone(alone);
    assertEquals(together, alone);
    assertEquals(progress.value, height);
  },
);

Deno.test("draw() notes for each row the processor that drew it", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const picture = blank(16, 30);
  const drawnOn = new SharedArrayBuffer(30);
  const rows = new Uint8Array(drawnOn).fill(255);
  await draw(picture, { runtime, eager: true }, drawnOn);
  assert(rows.every((processor) => processor < 255), rows.join());
});

Deno.test("picturePage() shows the picture, and runs of rows by processor", () => {
  const rows = Uint8Array.of(0, 0, 3, 3, 3, 0);
  const page = picturePage({ source: 'a"b.png', width: 50, rows });
  assertStringIncludes(page, '<img src="a&quot;b.png" width="50" height="6"');
  const bars = [...page.matchAll(/<rect y="(\d+)" width="24" height="(\d+)"/g)];
  assertEquals(bars.map((bar) => [+bar[1]!, +bar[2]!]), [[0, 2], [2, 3], [
    5,
    1,
  ]]);
  const colours = [...page.matchAll(/fill="([^"]+)"/g)].map((match) =>
    match[1]
  );
  assertEquals(colours[0], colours[2]);
  assertNotEquals(colours[0], colours[1]);
  for (const text of ["processor 0: 3 of 6 rows", "processor 3: 3 of 6 rows"]) {
    assertStringIncludes(page, text);
  }
});

Deno.test("docs/julia.html shows the picture beside it", async () => {
  const docs = new URL("../../docs/", import.meta.url);
  const page = await Deno.readTextFile(new URL("julia.html", docs));
  const [, source, width, height] = page.match(
    /<img src="([^"]+)" width="(\d+)" height="(\d+)"/,
  )!;
  const picture = decodePng(await Deno.readFile(new URL(source!, docs)));
  assertEquals([picture.width, picture.height], [+width!, +height!]);
});

Deno.test("drawAlone() draws a set that is its own reflection in the middle", () => {
  const [width, height] = [60, 40];
  const picture = blank(width, height);
  drawAlone(picture);
  const { pixels } = picture;
  const at = (x: number, y: number) =>
    [0, 1, 2].map((colour) => pixels[3 * (width * y + x) + colour]);
  const colours = new Set<string>();
  for (let y = 1; y < height; y++) {
    for (let x = 1; x < width; x++) {
      assertEquals(at(x, y), at(width - x, height - y));
      colours.add(at(x, y).join());
    }
  }
  assert(colours.size > 20, `${colours.size} colours`);
});

Deno.test("sharpen() makes on all threads what one thread makes", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const [together, alone] = [darkroom(40, 30), darkroom(40, 30)];
  await drawScene(together, { runtime, eager: true });
  alone.pixels.set(together.pixels);
  await sharpen(together, { runtime, eager: true });
  sharpenAlone(alone);
  assertEquals(together.sharp, alone.sharp);
  assertNotEquals([...alone.sharp], [...alone.pixels]);
});

Deno.test("sharpenAlone() adds to each pixel what differs from the mean around it", () => {
  const [width, height] = [31, 23];
  const room = darkroom(width, height);
  room.pixels.forEach((_, k) => room.pixels[k] = k * 7919 % 251);
  sharpenAlone(room);
  const clamp = (k: number, end: number) => Math.min(end - 1, Math.max(0, k));
  for (const [x, y] of [[0, 0], [15, 11], [30, 22], [3, 20]] as const) {
    let sum = 0;
    for (let dy = -RADIUS; dy <= RADIUS; dy++) {
      for (let dx = -RADIUS; dx <= RADIUS; dx++) {
        const at = width * clamp(y + dy, height) + clamp(x + dx, width);
        sum += room.pixels[3 * at]!;
      }
    }
    const own = room.pixels[3 * (width * y + x)]!;
    const wanted = own + 1.2 * (own - sum / (2 * RADIUS + 1) ** 2);
    const found = room.sharp[3 * (width * y + x)]!;
    // The blurred rows are whole numbers.
    const error = Math.abs(found - Math.min(255, Math.max(0, wanted)));
    assert(error < 1.5, `${found} at ${x}, ${y} instead of ${wanted}`);
  }
});

for (const program of ["fractal.ts", "sharpen.ts"]) {
  Deno.test(
    `examples/pictures/${program} writes a picture, and says how long it took`,
    {
      timeout,
    },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "pictures-"));
      try {
        const file = join(folder, "picture.png");
        const page = join(folder, "page.html");
        const { code, stdout, stderr } = await runProgram(
          { file: new URL(program, PICTURES) },
          {
            permissions: ["--allow-all"],
            args: ["48x32", file, page],
            timeout,
          },
        );
        assertEquals([code, stderr], [0, ""]);
        assertMatch(stdout, /48 x 32 pixels/);
        assertMatch(
          stdout,
          /one thread \d+ ms, all threads \d+ ms: [\d.]+ times/,
        );
        const { width, height, pixels } = decodePng(await Deno.readFile(file));
        assertEquals([width, height], [48, 32]);
        assert(new Set(pixels).size > 20);
        if (program === "fractal.ts") {
          const text = await Deno.readTextFile(page);
          assertStringIncludes(text, '<img src="picture.png" width="48"');
        }
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
}

Deno.test("ProgressBar draws how far a counter is on a terminal, and leaves nothing there", () => {
  const counter = new SharedCounter();
  counter.add(3);
  const written: string[] = [];
  const decoder = new TextDecoder();
  const terminal = {
    isTerminal: () => true,
    writeSync(bytes: Uint8Array): number {
      written.push(decoder.decode(bytes));
      return bytes.length;
    },
  };
  {
    using _bar = new ProgressBar(counter, 4, terminal);
    assertStringIncludes(
      written.join(""),
      "█".repeat(30) + "░".repeat(10) + "  75%",
    );
  }
  assertEquals(written.at(-1), "\r\x1b[K");
  written.length = 0;
  {
    using _bar = new ProgressBar(counter, 4, {
      ...terminal,
      isTerminal: () => false,
    });
  }
  assertEquals(written, []);
});
