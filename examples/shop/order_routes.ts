/**
 * Orders: what is answered by 201 is on the disk.
 *
 * @module
 */

import type { ShopRequest } from "./families.ts";
import { Refusal } from "./refusal.ts";

/** The most of one print that an order can be for. */
const MOST = 10;

/** Places an order: `{ "print": 3, "quantity": 1 }`. */
export async function placeOrder(
  request: Request,
  { families: { board, catalogue, till, visitors } }: ShopRequest,
): Promise<Response> {
  const { print, quantity } = await orderIn(request);
  const customer = visitors.welcome(request.headers.get("cookie"));
  const receipt = await board.wait(
    "ordering",
    till.place({ print, quantity, customer: customer.number }),
  );
  switch (receipt.state) {
    case "unknown":
      throw new Refusal(404, `No print '${print}'`);
    case "sold out":
      throw new Refusal(409, `Only ${receipt.left} left of print ${print}`);
    case "placed": {
      catalogue.forget(print);
      const { order, left } = receipt;
      const { headers } = customer;
      return Response.json({ order, left }, { status: 201, headers });
    }
  }
}

async function orderIn(
  request: Request,
): Promise<{ print: number; quantity: number }> {
  let order: unknown;
  try {
    order = await request.json();
  } catch {
    throw new Refusal(400, "The order must be JSON");
  }
  const { print, quantity = 1 } = (order ?? {}) as Record<string, unknown>;
  if (!isInteger(print, 1, 1e9)) {
    throw new Refusal(400, "'print' must be the number of a print");
  }
  if (!isInteger(quantity, 1, MOST)) {
    throw new Refusal(400, `'quantity' must be an integer from 1 to ${MOST}`);
  }
  return { print, quantity };
}

function isInteger(
  value: unknown,
  least: number,
  most: number,
): value is number {
  return Number.isInteger(value) && value as number >= least &&
    value as number <= most;
}
