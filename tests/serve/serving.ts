/**
 * Servers on the loopback address, and what asks them.
 *
 * @module
 */

import {
  type App,
  type ListenOptions,
  serve,
  type ServeOptions,
  type Server,
} from "../../serve/mod.ts";

/** The module with the applications. */
export const APPS: string = new URL("./fixtures/apps.ts", import.meta.url).href;

/** One of them. */
export function app(name: string): { module: string; export: string } {
  return { module: APPS, export: name };
}

/** Any port of the loopback address, and two workers, unless told otherwise. */
export function here<
  O extends Pick<ListenOptions<unknown>, "path" | "runtime">,
>(options: O): O {
  return {
    ...options.path === undefined ? { port: 0, hostname: "127.0.0.1" } : {},
    ...options.runtime === undefined ? { workers: 2 } : {},
    ...options,
  };
}

/** Serves on any port of the loopback address, with two workers unless told otherwise. */
export async function serveHere<F = Record<never, never>>(
  source: App<F>,
  options: ServeOptions<F> = {},
): Promise<Server> {
  return await serve<F>(source, here(options));
}

/** Has a worker of a server end by an error, and waits until all listen again. */
export async function loseWorker(
  server: Server,
  worker: number,
): Promise<void> {
  const { runtime } = server;
  await runtime.on(worker).spawn(() => {
    setTimeout(() => {
      throw new Error("lost");
    });
  });
  await until(() => runtime.report().workers[worker]!.replaced === 1);
  await until(() => server.report().listening.length === runtime.size);
}

/** The URL of a server. */
export function urlOf(server: Server, path = "/"): string {
  const { port } = server.addr as Deno.NetAddr;
  return `http://127.0.0.1:${port}${path}`;
}

/** Connects to a server. */
export function connectTo(server: Server): Promise<Deno.TcpConn> {
  const { port } = server.addr as Deno.NetAddr;
  return Deno.connect({ port, hostname: "127.0.0.1" });
}

/** Asks on a connection of its own. */
export async function ask(
  url: string,
  init: RequestInit = {},
): Promise<Response> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const response = await fetch(url, { ...init, client });
  const body = await response.bytes();
  return new Response(body, response);
}

/** The text of an answer. */
export async function askText(
  url: string,
  init?: RequestInit,
): Promise<string> {
  return await (await ask(url, init)).text();
}

/** An empty folder that is removed with all that is in it. */
export async function temporaryFolder(): Promise<
  AsyncDisposable & { readonly path: string }
> {
  const path = await Deno.makeTempDir();
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Resolves when something is so. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  while (!await isSo()) await new Promise((next) => setTimeout(next, 5));
}
