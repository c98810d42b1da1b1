/**
 * The machine: its picture, what it does at the moment, and all of its numbers.
 *
 * @module
 */

import { OPEN_METRICS_TYPE } from "../../mod.ts";
import type { ShopRequest } from "./families.ts";

/** The machine, with the workers where they are pinned. */
export async function showMachine(
  _request: Request,
  { families: { headOffice } }: ShopRequest,
): Promise<Response> {
  return new Response(await headOffice.machine.ask(), {
    headers: { "content-type": "image/svg+xml" },
  });
}

/** What it does, four times in a second. */
export function showEvents(
  _request: Request,
  context: ShopRequest,
): Response {
  return new Response(context.families.live.events(context), {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
    },
  });
}

/** All numbers, as OpenMetrics text. */
export async function showMetrics(
  _request: Request,
  { families: { headOffice } }: ShopRequest,
): Promise<Response> {
  return new Response(await headOffice.metrics.ask(), {
    headers: { "content-type": OPEN_METRICS_TYPE },
  });
}
