/**
 * HTTP on all workers of a runtime.
 *
 * @module
 */

import type { App } from "./app.ts";
import { addressOf, type AppSource } from "./app_address.ts";
import { checkServeOptions } from "./check_options.ts";
import { httpServer } from "./http/http_server.ts";
import { launch } from "./launch.ts";
import type { ServeOptions } from "./serve_options.ts";
import type { Server } from "./server.ts";

/**
 * Starts one HTTP server on each worker of a runtime: a request is accepted, handled and
 * answered on one core, beside the linked instances of that worker.
 *
 * The application is told by where workers find it: see {@linkcode App}. It is a function
 * of a request, or an object with a method `fetch`, as that of a framework.
 *
 * @example Usage
 * ```ts
 * import { serve } from "@kindred/kindred/serve";
 * import { assertEquals } from "@std/assert";
 * import { hits } from "../examples/hits.ts";
 *
 * const app = new URL("../examples/hits_app.ts", import.meta.url);
 * await using server = await serve(app, { port: 0, families: { hits } });
 * const { port } = server.addr as Deno.NetAddr;
 * const response = await fetch(`http://127.0.0.1:${port}/`);
 * assertEquals((await response.json()).here, 1);
 * ```
 *
 * @typeParam F The linked instances that the application uses, by name.
 * @throws {TypeError} If the module does not export an application; if an option is of
 * another type.
 * @throws {RangeError} If a number is out of range.
 * @throws {Deno.errors.NotCapable} If the program was not granted the address.
 * @throws {Deno.errors.AddrInUse} If somebody else listens there.
 * @throws {Deno.errors.PermissionDenied} If the system does not allow it.
 * @throws {Deno.errors.InvalidData} If the certificate or the key are none.
 * @throws What the application throws at its start. Then nothing is left behind.
 */
export async function serve<F = Record<never, never>>(
  app: App<F>,
  options: ServeOptions<F> = {},
): Promise<Server> {
  const address = addressOf(app as AppSource, "serve");
  checkServeOptions(options);
  const { hostname, path, cert, key } = options;
  const { maxConcurrent, maxBody, health, readiness } = options;
  const limits = { maxConcurrent, maxBody, health, readiness };
  return await launch({
    definition: httpServer,
    app: address,
    options,
    config: { hostname, path, cert, key, ...limits },
  });
}
