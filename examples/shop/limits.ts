/**
 * How much all customers may ask for together, on all workers.
 *
 * @module
 */

import { type Linked, linked } from "../../mod.ts";
import { newLimiter, RateLimiter } from "../rate_limiter.ts";
import { opening } from "./opening.ts";

/** The family. A request takes a token, or as many as it is work. */
export const limits: Linked<RateLimiter> = linked(import.meta.url, "limits", {
  shared: () => newLimiter(opening().limit),
  create: (shared) => new RateLimiter(shared),
});
