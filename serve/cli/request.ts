/**
 * What the command line of a server asks for.
 *
 * @module
 */

import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

/** What `--help` prints. */
export const HELP = `Serves an application on every core.

  deno run -A --unstable-net jsr:@kindred/kindred/serve [OPTIONS] MODULE

MODULE is a path or a URL. Its default export is a function that answers
requests, or an object with a method 'fetch'; with a method 'connection' it
serves TCP. An export 'families' has the families to be linked, by name.

  --port PORT              the port; 0: any that is free [default: 8000]
  --host HOST              the address to listen on [default: 0.0.0.0]
  --path PATH              a Unix socket, in place of a port
  --workers COUNT          how many workers [default: one on each core]
  --cert FILE, --key FILE  TLS: certificate and private key, in PEM format
  --max-concurrent COUNT   requests that a worker has under way; others get 503
  --max-body BYTES         longest body of a request; longer ones get 413
  --max-connections COUNT  connections of a worker, of TCP
  --health PATH            says 200 while the process lives
  --readiness PATH         says 200 while the worker takes requests
  --metrics [HOST:]PORT    serves /metrics for Prometheus; port 0: any that is
                           free [host: 127.0.0.1]
  --shutdown-timeout MS    how long what is under way may take [default: 10000]
  --stall-timeout MS       a worker that is stuck so long is replaced
                           [default: 30000]
  --watch                  restarts workers when files beside MODULE change
  --help                   this text

Prints the address once all workers listen, and then that of the metrics.
SIGTERM and Ctrl-C let what is under way end; a second one does not wait. SIGHUP
replaces the workers one by one by new ones, which load MODULE anew.`;

/** What a command line asks for. */
export interface ServeRequest {
  /** The module, by its URL. */
  readonly module: URL;
  readonly port: number | undefined;
  readonly hostname: string | undefined;
  /** Of a Unix socket. */
  readonly path: string | undefined;
  readonly workers: number | undefined;
  /** The file of the certificate. */
  readonly cert: string | undefined;
  /** The file of the private key. */
  readonly key: string | undefined;
  readonly maxConcurrent: number | undefined;
  readonly maxBody: number | undefined;
  readonly maxConnections: number | undefined;
  readonly health: string | undefined;
  readonly readiness: string | undefined;
  /** Where metrics are served. */
  readonly metrics: { hostname: string; port: number } | undefined;
  readonly shutdownTimeout: number | undefined;
  readonly stallTimeout: number | undefined;
  readonly watch: boolean;
}

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

const OPTIONS = {
  port: text,
  host: text,
  path: text,
  workers: text,
  cert: text,
  key: text,
  "max-concurrent": text,
  "max-body": text,
  "max-connections": text,
  health: text,
  readiness: text,
  metrics: text,
  "shutdown-timeout": text,
  "stall-timeout": text,
  watch: flag,
  help: { ...flag, short: "h" },
} as const;

/**
 * Reads a command line.
 *
 * @returns What it asks for; undefined: help.
 * @throws {TypeError} If it makes no sense.
 */
export function parseRequest(
  args: readonly string[],
): ServeRequest | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
  });
  if (values.help) return undefined;
  const [module, ...others] = positionals;
  if (module === undefined || others.length > 0) {
    throw new TypeError(
      `Cannot serve as there must be one module: received ${
        module === undefined ? "none" : positionals.join(" ")
      }`,
    );
  }
  const whole = (name: keyof typeof OPTIONS) =>
    wholeNumber(`--${name}`, values[name] as string | undefined);
  return {
    module: moduleUrl(module),
    port: whole("port"),
    hostname: values.host,
    path: values.path,
    workers: whole("workers"),
    cert: values.cert,
    key: values.key,
    maxConcurrent: whole("max-concurrent"),
    maxBody: whole("max-body"),
    maxConnections: whole("max-connections"),
    health: values.health,
    readiness: values.readiness,
    metrics: values.metrics === undefined
      ? undefined
      : metricsAddress(values.metrics),
    shutdownTimeout: whole("shutdown-timeout"),
    stallTimeout: whole("stall-timeout"),
    watch: values.watch ?? false,
  };
}

/** A path, or any URL that Deno can import. */
function moduleUrl(module: string): URL {
  // The letter of a drive is no scheme.
  const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(module) && !isAbsolute(module);
  return isUrl ? new URL(module) : pathToFileURL(resolve(module));
}

function wholeNumber(
  name: string,
  value: string | undefined,
): number | undefined {
  if (value === undefined) return undefined;
  if (/^[0-9]+$/.test(value)) return Number(value);
  throw new TypeError(
    `Cannot serve as ${name} must be a whole number: received "${value}"`,
  );
}

function metricsAddress(value: string): { hostname: string; port: number } {
  const [, hostname = "127.0.0.1", port] = /^(?:(.+):)?([0-9]+)$/.exec(value) ??
    [];
  if (port === undefined || Number(port) > 65_535) {
    throw new TypeError(
      `Cannot serve as --metrics must be a port, or host:port: received "${value}"`,
    );
  }
  return { hostname: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}
