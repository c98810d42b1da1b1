/**
 * The shop, as each worker runs it.
 *
 * @module
 */

import type { ShopApp, ShopRequest } from "./families.ts";
import { Refusal } from "./refusal.ts";
import { routeOf } from "./routes.ts";

const app: ShopApp = {
  start({ families, runtime }) {
    families.gallery.open(runtime);
  },

  fetch: (request, context) =>
    context.families.board.request(() => answer(request, context)),

  // A customer may have hung up before the order was written.
  stop: ({ families }) => families.till.idle(),
};

export default app;

async function answer(
  request: Request,
  context: ShopRequest,
): Promise<Response> {
  try {
    const { route, name } = routeOf(request);
    admit(context, route.cost);
    return await route.answer(request, context, name);
  } catch (error) {
    if (error instanceof Refusal) return error.response;
    throw error;
  }
}

function admit({ families: { limits } }: ShopRequest, cost: number): void {
  if (cost === 0 || limits.tryTake(cost)) return;
  throw Refusal.later(429, "Too many requests", limits.retryAfter());
}
