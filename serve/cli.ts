/**
 * The command that serves an application on every core.
 *
 * ```sh
 * deno run -A --unstable-net jsr:@kindred/kindred/serve main.ts --port 8000
 * ```
 *
 * Run it with `--help` for its options. It prints, so no other module of the library
 * imports it, but for the one that is run as that command.
 *
 * @module
 */

import { complain, print } from "../topology/standard_streams.ts";
import { readModule, type ServedModule } from "./cli/served_module.ts";
import { serveMetrics } from "./cli/metrics_page.ts";
import { HELP, parseRequest, type ServeRequest } from "./cli/request.ts";
import { followSignals } from "./cli/signals.ts";
import { watchBeside } from "./cli/watch.ts";
import { serve } from "./serve.ts";
import type { ListenOptions } from "./serve_options.ts";
import type { Server } from "./server.ts";
import { serveTcp } from "./tcp/serve_tcp.ts";

type Families = Record<string, object>;

/**
 * Does what a command line asks for, to its end.
 *
 * @param args The arguments, as in `["main.ts", "--port", "8000"]`.
 * @returns The exit status: 0, or 1 for what failed, or 2 for arguments that make no
 * sense.
 */
export async function runCli(args: readonly string[]): Promise<number> {
  let request: ServeRequest | undefined;
  try {
    request = parseRequest(args);
  } catch (error) {
    complain(`${(error as Error).message}\nSee --help`);
    return 2;
  }
  if (request === undefined) {
    print(HELP);
    return 0;
  }
  try {
    await run(request);
    return 0;
  } catch (error) {
    complain(messageOf(error));
    return 1;
  }
}

async function run(request: ServeRequest): Promise<void> {
  const { module, metrics, watch } = request;
  const served = await readModule(module);
  await using server = await start(request, served);
  const complainOf = (error: unknown) => complain(messageOf(error));
  const restart = () => {
    server.restart().catch(complainOf);
  };
  // Until now a signal ends the program: nothing is under way.
  using _signals = followSignals({
    end: () => {
      server.shutdown().catch(() => {}); // `finished` says it
    },
    renew: restart,
  });
  using _watching = watch ? watchBeside(module, restart) : undefined;
  await using page = metrics && serveMetrics(server, metrics);
  print(urlOf(server.addr, schemeOf(served, request)));
  if (page !== undefined) print(`${urlOf(page.addr, "http")}metrics`);
  for (const note of server.report().notes) complain(note);
  await server.finished;
}

async function start(
  request: ServeRequest,
  { kind, families }: ServedModule,
): Promise<Server> {
  const { module } = request;
  const { maxConcurrent, maxBody, health, readiness, maxConnections } = request;
  const options = { ...await listenOptions(request), families };
  return kind === "tcp"
    ? await serveTcp<Families>(module, {
      ...options,
      ...given({ maxConnections }),
    })
    : await serve<Families>(module, {
      ...options,
      ...given({ maxConcurrent, maxBody, health, readiness }),
    });
}

async function listenOptions(
  request: ServeRequest,
): Promise<ListenOptions<Families>> {
  const { port, hostname, path, workers, cert, key } = request;
  return given({
    port,
    hostname,
    path,
    workers,
    shutdownTimeout: request.shutdownTimeout,
    stallTimeout: request.stallTimeout,
    cert: await textOf("--cert", cert),
    key: await textOf("--key", key),
  });
}

async function textOf(
  name: string,
  file: string | undefined,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    throw new Error(
      `Cannot serve as the file of ${name} cannot be read: ${
        (error as Error).message
      }`,
      { cause: error },
    );
  }
}

/** What of it was given. */
function given<T extends object>(
  options: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function schemeOf({ kind }: ServedModule, { cert }: ServeRequest): string {
  if (kind === "tcp") return cert === undefined ? "tcp" : "tls";
  return cert === undefined ? "http" : "https";
}

function urlOf(addr: Deno.NetAddr | Deno.UnixAddr, scheme: string): string {
  if (!("port" in addr)) return `${scheme}+unix:${addr.path}`;
  const { hostname, port } = addr;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${scheme}://${host}:${port}/`;
}

/** Our own errors say all there is; of others, the place is of interest. */
function messageOf(error: unknown): string {
  return error instanceof Error && error.message.startsWith("Cannot ")
    ? error.message
    : Deno.inspect(error);
}
