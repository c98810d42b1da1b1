/**
 * From a request to its response: counted, and refused where there are limits.
 *
 * What is not asked for costs nothing: each limit is a function around the next one, and
 * without any a request costs an object and a few plain loads and stores.
 *
 * @module
 */

import type { HttpApp } from "../app.ts";
import { ACTIVE, type Counts, ERRORS, REFUSED, REQUESTS } from "../board.ts";
import { printError } from "../print_error.ts";
import type { Setting } from "../server_kind.ts";
import { BodyTooLongError, boundedBody } from "./body_limit.ts";
import type { HttpConfig } from "./http_config.ts";
import type { OpenSockets } from "./open_sockets.ts";
import { HttpRequestContext } from "./request_context.ts";

/** 101: the connection becomes a WebSocket. */
const SWITCHING = 101;

/** Deno's handler, of TCP and of Unix sockets. */
export type Handle = (
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr | Deno.UnixAddr>,
) => Response | Promise<Response>;

/** What a server needs to open. */
export type HttpSetting = Setting<HttpApp<unknown>, HttpConfig>;

/** What answers the requests of a worker. */
export class Handling {
  /** Whether clients are to connect no more: they find that in each response. */
  isClosing = false;
  /** Answers a request. */
  readonly handle: Handle;
  readonly #setting: HttpSetting;
  readonly #sockets: OpenSockets;

  /** As a setting says. */
  constructor(setting: HttpSetting, sockets: OpenSockets) {
    this.#setting = setting;
    this.#sockets = sockets;
    const { config, part: { counts }, enter } = setting;
    const { maxBody, maxConcurrent, health, readiness } = config;
    let handle = maxConcurrent === undefined
      ? this.#counting()
      : this.#answering();
    if (maxBody !== undefined) handle = withMaxBody(handle, maxBody, counts);
    if (maxConcurrent !== undefined) {
      handle = withMaxConcurrent(handle, maxConcurrent, counts);
    }
    if (health !== undefined || readiness !== undefined) {
      handle = withProbes(handle, setting);
    }
    this.handle = enter === undefined
      ? handle
      : (request, info) => enter(() => handle(request, info));
  }

  /** Calls the application. What is under way is counted elsewhere. */
  #answering(): Handle {
    const { app, context, part: { counts } } = this.#setting;
    const sockets = this.#sockets;
    return (request, info) => {
      counts[REQUESTS]!++;
      sockets.note(request);
      const response = app.fetch(
        request,
        new HttpRequestContext(context, info),
      );
      return this.isClosing ? lastOf(response) : response;
    };
  }

  /** Calls the application, and counts those of its answers that take time. */
  #counting(): Handle {
    const { app, context, part: { counts } } = this.#setting;
    const sockets = this.#sockets;
    const ended = () => {
      counts[ACTIVE]!--;
    };
    const told = (response: Response | Promise<Response>) => {
      if (response instanceof Promise) {
        counts[ACTIVE]!++;
        response.then(ended, ended);
      }
      return this.isClosing ? lastOf(response) : response;
    };
    // Deno makes no request for a handler that takes none.
    if (app.fetch.length === 0) {
      const answer = app.fetch.bind(app) as () => Response;
      return () => {
        counts[REQUESTS]!++;
        return told(answer());
      };
    }
    return (request, info) => {
      counts[REQUESTS]!++;
      sockets.note(request);
      return told(app.fetch(request, new HttpRequestContext(context, info)));
    };
  }
}

/** The last response on its connection. */
async function lastOf(given: Response | Promise<Response>): Promise<Response> {
  const response = await given;
  if (response.status === SWITCHING) return response;
  try {
    response.headers.set("connection", "close");
    return response;
  } catch {
    // Its headers cannot be changed, as those of what fetch() gave.
    const last = new Response(response.body, response);
    last.headers.set("connection", "close");
    return last;
  }
}

/** Answers requests whose handlers threw. */
export function errorHandlerOf(
  { app, part: { counts } }: HttpSetting,
): (error: unknown) => Response | Promise<Response> {
  return (error) => {
    if (error instanceof BodyTooLongError) return tooLong(counts);
    counts[ERRORS]!++;
    if (app.onError !== undefined) return app.onError(error);
    printError(error);
    return new Response("Internal Server Error", { status: 500 });
  };
}

/** A request counts until its response was sent, or could not be. */
function withMaxConcurrent(
  handle: Handle,
  most: number,
  counts: Counts,
): Handle {
  const ended = () => {
    counts[ACTIVE]!--;
  };
  return (request, info) => {
    if (counts[ACTIVE]! >= most) {
      counts[REFUSED]!++;
      return new Response("Service Unavailable", {
        status: 503,
        headers: { "retry-after": "1" },
      });
    }
    counts[ACTIVE]!++;
    info.completed.then(ended, ended);
    return handle(request, info);
  };
}

function withMaxBody(handle: Handle, most: number, counts: Counts): Handle {
  return (request, info) => {
    const { method } = request;
    if (method === "GET" || method === "HEAD" || request.body === null) {
      return handle(request, info);
    }
    const length = request.headers.get("content-length");
    if (length !== null) {
      return Number(length) > most ? tooLong(counts) : handle(request, info);
    }
    const bounded = boundedBody(request, most);
    return answerBounded(handle(bounded.request, info), bounded, counts);
  };
}

/** Whatever a handler made of a body that was too long. */
async function answerBounded(
  response: Response | Promise<Response>,
  bounded: { readonly isTooLong: boolean },
  counts: Counts,
): Promise<Response> {
  try {
    const answer = await response;
    return bounded.isTooLong ? tooLong(counts) : answer;
  } catch (error) {
    if (bounded.isTooLong) return tooLong(counts);
    throw error;
  }
}

function tooLong(counts: Counts): Response {
  counts[REFUSED]!++;
  return new Response("Content Too Large", {
    status: 413,
    headers: { connection: "close" }, // what is left of the body is not read
  });
}

/** Says whether the process lives, and whether this worker takes requests. */
function withProbes(handle: Handle, setting: HttpSetting): Handle {
  const { config: { health, readiness }, isReady } = setting;
  return (request, info) => {
    const path = pathOf(request.url);
    if (path === health) return new Response("ok");
    if (path === readiness) {
      return isReady()
        ? new Response("ready")
        : new Response("stopping", { status: 503 });
    }
    return handle(request, info);
  };
}

/** The path of an absolute URL, without its query. */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  if (start < 0) return "/";
  const end = url.indexOf("?", start);
  return end < 0 ? url.slice(start) : url.slice(start, end);
}
