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
import { BoundedBody, dismissRest } from "./body_limit.ts";
import type { HttpConfig } from "./http_config.ts";
import type { OpenSockets } from "./open_sockets.ts";
import { HttpRequestContext } from "./request_context.ts";

/** 101: the connection becomes a WebSocket. */
const SWITCHING = 101;

/** Methods of which no `Request` can be made. */
const BODILESS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/** Deno's handler, of TCP and of Unix sockets. */
export type Handle = (
  request: Request,
  info: Info,
) => Response | Promise<Response>;

/** What Deno says of a request. */
type Info = Deno.ServeHandlerInfo<Deno.NetAddr | Deno.UnixAddr>;

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
    const plain = handle;
    if (maxBody !== undefined) handle = withMaxBody(handle, maxBody, counts);
    if (maxConcurrent !== undefined) {
      handle = withMaxConcurrent(handle, maxConcurrent, counts);
    }
    if (health !== undefined || readiness !== undefined) {
      handle = withProbes(handle, setting);
    }
    // Not only what the application answers.
    if (handle !== plain) handle = this.#closing(handle);
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
      return app.fetch(request, new HttpRequestContext(context, info));
    };
  }

  #closing(handle: Handle): Handle {
    return (request, info) => {
      const response = handle(request, info);
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
  const refuse = () => {
    counts[REFUSED]!++;
    return new Response("Content Too Large", {
      status: 413,
      headers: { connection: "close" },
    });
  };
  return (request, info) => {
    const { method } = request;
    if (method === "GET" || method === "HEAD" || request.body === null) {
      return handle(request, info);
    }
    // It must have no body, so that nobody could make such a request of one.
    if (BODILESS.has(method)) return dismissed(request.body, info);
    const length = request.headers.get("content-length");
    if (length === null) return handleBounded(request, info);
    if (Number(length) <= most) return handle(request, info);
    return dismissed(request.body, info);
  };

  function dismissed(
    body: NonNullable<Request["body"]>,
    { completed }: Info,
  ): Response {
    const reader = body.getReader();
    const dismiss = () => dismissRest(reader);
    completed.then(dismiss, dismiss);
    return refuse();
  }

  /** Whatever a handler makes of a body that is too long. */
  async function handleBounded(
    request: Request,
    info: Info,
  ): Promise<Response> {
    const bounded = new BoundedBody(request, most);
    const dismiss = () => bounded.dismiss();
    info.completed.then(dismiss, dismiss);
    try {
      const response = await handle(bounded.request, info);
      return bounded.isTooLong ? refuse() : response;
    } catch (error) {
      if (bounded.isTooLong) return refuse();
      throw error;
    }
  }
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
