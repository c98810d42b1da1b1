/**
 * The servers that are compared, each in a process of its own.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { ServerCommand } from "../../load/server_process.ts";

/** What a server answers with: a module of `apps/`. */
export type App = "hello" | "work" | "who";

/** How a server is started with an app on so many threads or processes. */
export type Server = (app: App, threads: number) => ServerCommand;

/** Those that all scenarios name. */
export const ONE_THREAD = "Deno.serve";
export const BARE = "Workers with reusePort";
export const KINDRED = "kindred serve";
/** Without the flag that lets workers have sockets on the same port. */
export const RELAY = "kindred serve, relay";
export const PARALLEL = "deno serve --parallel";
export const CLUSTER = "node:cluster";

const FLAGS = ["--no-check", "--allow-all"];
const UNSTABLE = "--unstable-net";

function program(file: string): string {
  return fileURLToPath(new URL(`./servers/${file}`, import.meta.url));
}

function moduleOf(app: App): string {
  return new URL(`./apps/${app}.ts`, import.meta.url).href;
}

function run(file: string, flag = UNSTABLE): Server {
  return (app, threads) => ({
    args: [
      "run",
      "--quiet",
      ...FLAGS,
      flag,
      program(file),
      moduleOf(app),
      String(threads),
    ],
  });
}

function denoServe(more: readonly string[]): Server {
  return (app, threads) => ({
    args: [
      "serve",
      // Not `--quiet`: then it would not say where it listens.
      ...FLAGS,
      UNSTABLE,
      ...more,
      "--host=127.0.0.1",
      "--port=0",
      moduleOf(app),
    ],
    env: { DENO_JOBS: String(threads) },
  });
}

/** All of them, by their names. */
export const SERVERS: Readonly<Record<string, Server>> = {
  [ONE_THREAD]: run("deno_serve.ts"),
  "deno serve": denoServe([]),
  [BARE]: run("bare_workers.ts"),
  [KINDRED]: run("kindred.ts"),
  // The configuration of this repository has the flag, too.
  [RELAY]: run("kindred.ts", "--no-config"),
  [PARALLEL]: denoServe(["--parallel"]),
  [CLUSTER]: (app, threads) => ({
    program: "node",
    args: [program("node_cluster.mjs"), app, String(threads)],
  }),
};
