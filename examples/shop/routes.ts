/**
 * Which request is answered by which function, and what it costs.
 *
 * @module
 */

import type { ShopRequest } from "./families.ts";
import { showEvents, showMachine, showMetrics } from "./machine_routes.ts";
import { placeOrder } from "./order_routes.ts";
import { showFile, showPage } from "./page_routes.ts";
import {
  listPrints,
  showPicture,
  showPrint,
  showSketch,
} from "./print_routes.ts";
import { Refusal } from "./refusal.ts";

/** A way through the shop. */
export interface Route {
  /** Answers a request. `name` is the last part of its path, if any name will do there. */
  readonly answer: (
    request: Request,
    context: ShopRequest,
    name: string,
  ) => Response | Promise<Response>;
  /** How many tokens it takes; 0: whoever watches the machine does so also when it has too much to do. */
  readonly cost: number;
}

/** By method and path; one that ends with a slash is for all names in it. */
const ROUTES: Readonly<Record<string, Route>> = {
  "GET /": { answer: showPage, cost: 1 },
  "GET /page/": { answer: showFile, cost: 1 },
  "GET /api/prints": { answer: listPrints, cost: 1 },
  "GET /api/prints/": { answer: showPrint, cost: 1 },
  "POST /api/orders": { answer: placeOrder, cost: 2 },
  "GET /pictures/": { answer: showPicture, cost: 1 },
  "GET /sketch.png": { answer: showSketch, cost: 20 },
  "GET /machine.svg": { answer: showMachine, cost: 0 },
  "GET /events": { answer: showEvents, cost: 0 },
  "GET /metrics": { answer: showMetrics, cost: 0 },
};

/**
 * The route of a request, and the name at its end.
 *
 * @throws {Refusal} If there is none.
 */
export function routeOf(
  { method, url }: Request,
): { readonly route: Route; readonly name: string } {
  const { pathname } = new URL(url);
  const exact = ROUTES[`${method} ${pathname}`];
  if (exact !== undefined) return { route: exact, name: "" };
  const end = pathname.lastIndexOf("/") + 1;
  const route = ROUTES[`${method} ${pathname.slice(0, end)}`];
  if (route === undefined || end === 1) {
    throw new Refusal(404, `Nothing at ${method} ${pathname}`);
  }
  return { route, name: pathname.slice(end) };
}
