import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  closeNotebook,
  type Note,
  openNotebook,
  openWriter,
  readLast,
  serveNotebook,
  write,
  type Writer,
} from "../../examples/ordered_writer.ts";
import { Desync, DesyncClosedError } from "../../mod.ts";
import { testBoth } from "../workers/both_runtimes.ts";

/** A file that is gone afterwards. */
async function withFile(run: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "kindred_notes_" });
  try {
    await run(`${folder}/notes.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** All that is in a file, in the order in which it was written. */
function notesIn(path: string): string[] {
  const ref = {
    value: openNotebook(path),
    signal: new AbortController().signal,
  };
  const notes = readLast(ref, 1 << 30);
  closeNotebook(ref);
  return notes.reverse().map(({ text }) => text);
}

const NOTES = Array.from({ length: 100 }, (_, k) => `note ${k}`);

/** Posts and reads; what was written before a request was made is seen by it. */
async function use(port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}/`;
  for (const text of NOTES) {
    const { status } = await fetch(url, { method: "POST", body: text });
    assertEquals(status, 202);
    if (!text.endsWith("9")) continue;
    const response = await fetch(url);
    const [newest] = await response.json() as Note[];
    assertEquals(newest?.text, text);
  }
}

testBoth(
  "The ordered writer serves notes in order, and loses none at its end",
  ({ start }) =>
    withFile(async (path) => {
      const runtime = await start({ workers: 1 });
      const writer = await openWriter(runtime, path);
      {
        await using server = serveNotebook(writer);
        await use(server.port);
        // These have their place, and nobody waits for them.
        for (const text of NOTES) writer.desync(write, text);
      }
      assertThrows(() => writer.desync(write, "late"), DesyncClosedError);
      assertEquals(notesIn(path), [...NOTES, ...NOTES]);
      await runtime.close();
    }),
);

testBoth(
  "The ordered writer loses nothing when only its runtime is closed",
  ({ start }) =>
    withFile(async (path) => {
      const runtime = await start({ workers: 1 });
      const writer = await openWriter(runtime, path);
      for (const text of NOTES) writer.desync(write, text);
      await runtime.close();
      assertEquals(notesIn(path), NOTES);
    }),
);

Deno.test("The ordered writer does the same on this thread", () =>
  withFile(async (path) => {
    const writer: Writer = new Desync(openNotebook(path), {
      dispose: closeNotebook,
    });
    {
      await using server = serveNotebook(writer);
      await use(server.port);
    }
    assertEquals(notesIn(path), NOTES);
    assert(writer.closing.aborted);
  }));

Deno.test(
  "The ordered writer is a program that ends in order when it is interrupted",
  {
    timeout: 30_000,
    ignore: Deno.build.os === "windows",
  },
  () =>
    withFile(async (path) => {
      const program = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--no-check",
          new URL("../../examples/ordered_writer.ts", import.meta.url).pathname,
          path,
          "0",
        ],
        stdout: "piped",
      }).spawn();
      const lines = program.stdout.pipeThrough(new TextDecoderStream());
      let text = "";
      let isInterrupted = false;
      for await (const part of lines) {
        text += part;
        if (isInterrupted || !text.includes("\n")) continue;
        const url = text.trim();
        for (const note of NOTES) {
          await (await fetch(url, { method: "POST", body: note })).body
            ?.cancel();
        }
        program.kill("SIGINT");
        isInterrupted = true;
      }
      const { code } = await program.status;
      assertEquals([code, notesIn(path)], [0, NOTES]);
    }),
);
