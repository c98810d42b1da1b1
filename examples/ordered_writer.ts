/**
 * A notebook in an SQLite file, which a server writes and reads in order: on a worker of
 * its own, so that no statement holds up the server. How it is used is told in
 * `docs/desync.md`.
 *
 * ```sh
 * deno run -A examples/ordered_writer.ts notes.db 8000
 * ```
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import {
  Desync,
  type Ordered,
  type PlacedDesync,
  portable,
  type Reference,
  Runtime,
} from "../mod.ts";

/** An open notebook. */
export interface Notebook {
  readonly database: DatabaseSync;
  readonly insert: StatementSync;
  readonly last: StatementSync;
}

/** A note as it was written. */
export interface Note {
  readonly id: number;
  readonly text: string;
}

/** Opens the notebook in a file, or makes it. */
export const openNotebook: (path: string) => Notebook = portable(
  import.meta.url,
  function openNotebook(path: string): Notebook {
    const database = new DatabaseSync(path);
    database.exec(`
      pragma journal_mode = wal;
      pragma synchronous = full;
      create table if not exists notes (id integer primary key, text not null);
    `);
    return {
      database,
      insert: database.prepare("insert into notes (text) values (?)"),
      last: database.prepare(
        "select id, text from notes order by id desc limit ?",
      ),
    };
  },
);

/** Writes a note. It is on the disk when this returns. */
export const write: (ref: Reference<Notebook>, text: string) => void = portable(
  import.meta.url,
  function write({ value }: Reference<Notebook>, text: string): void {
    value.insert.run(text);
  },
);

/** Reads the last notes, the newest first. */
export const readLast: (ref: Reference<Notebook>, count: number) => Note[] =
  portable(
    import.meta.url,
    function readLast({ value }: Reference<Notebook>, count: number): Note[] {
      return value.last.all(count) as unknown as Note[];
    },
  );

/** Closes the notebook. */
export const closeNotebook: (ref: Reference<Notebook>) => void = portable(
  import.meta.url,
  function closeNotebook({ value }: Reference<Notebook>): void {
    value.database.close();
  },
);

/** A notebook wherever it is: on a worker, or on this thread. */
export type Writer = Ordered<[ref: Reference<Notebook>]>;

/** Opens a notebook on a worker. */
export function openWriter(
  runtime: Runtime,
  path: string,
): Promise<PlacedDesync<Notebook>> {
  return Desync.on(runtime, openNotebook, {
    args: [path],
    dispose: closeNotebook,
    name: "notebook",
  });
}

/**
 * What the server does: a POST writes a note, and is answered when that has its place; a
 * GET reads the last ones, and so all that were posted before it.
 */
export function handlerOf(
  writer: Writer,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method === "POST") {
      writer.desync(write, await request.text());
      return new Response(null, { status: 202 });
    }
    return Response.json(await writer.futureSync(readLast, 10));
  };
}

/** A server of a notebook. */
export interface NotebookServer extends AsyncDisposable {
  /** Where it listens. */
  readonly port: number;
}

/**
 * Serves a notebook on this machine. Its end comes in this order: no more requests, all that
 * was posted is written, the file is closed.
 */
export function serveNotebook(
  writer: Writer,
  port: number = 0,
): NotebookServer {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen: () => {} },
    handlerOf(writer),
  );
  return {
    port: server.addr.port,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await writer[Symbol.asyncDispose]();
    },
  };
}

if (import.meta.main) {
  const [path = "notes.db", port = "8000"] = Deno.args;
  await using runtime = await Runtime.start({ workers: 1 });
  const writer = await openWriter(runtime, path);
  await using server = serveNotebook(writer, Number(port));
  console.log(`http://127.0.0.1:${server.port}/`);
  const { promise: interrupted, resolve } = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGINT", resolve);
  await interrupted;
}
