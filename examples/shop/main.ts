/**
 * A shop for prints of Julia sets: one HTTP server on each core, a page that shows what the
 * machine does, and nothing lost when it is closed. How it is built is told in
 * `docs/shop.md`.
 *
 * ```sh
 * deno run -A --unstable-net examples/shop/main.ts [--port 8000] [--workers N] [--file shop.db]
 * ```
 *
 * Without a file its data are in a temporary folder, and gone at the end. Ctrl-C and
 * SIGTERM close it; SIGHUP replaces its workers, one after the other, by some with the
 * modules as they are then.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { Shop } from "./shop.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      port: { type: "string", default: "8000" },
      hostname: { type: "string", default: "127.0.0.1" },
      workers: { type: "string" },
      file: { type: "string" },
    },
  });
  const interrupted = interruption();
  await using data = await dataIn(values.file);
  await using shop = await Shop.open({
    path: data.path,
    port: Number(values.port),
    hostname: values.hostname,
    ...values.workers === undefined ? {} : { workers: Number(values.workers) },
  });
  console.log(`The shop is open: ${shop.url}`);
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGHUP", () => restart(shop));
  }
  await interrupted;
  console.log("Closing");
}

async function restart(shop: Shop): Promise<void> {
  try {
    await shop.server.restart();
    console.log("All workers are new");
  } catch (error) {
    console.error(error); // those from before go on
  }
}

/** Resolves when the program is told to end. Who tells it once more ends it at once. */
function interruption(): Promise<void> {
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM"];
  return new Promise((resolve) => {
    function end(): void {
      for (const signal of signals) Deno.removeSignalListener(signal, end);
      resolve();
    }
    for (const signal of signals) Deno.addSignalListener(signal, end);
  });
}

/** The file of the database; a temporary one is removed at the end. */
async function dataIn(
  file: string | undefined,
): Promise<{ readonly path: string } & AsyncDisposable> {
  if (file !== undefined) {
    return { path: file, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const folder = await Deno.makeTempDir({ prefix: "kindred_shop_" });
  return {
    path: `${folder}/shop.db`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

if (import.meta.main) await main();
