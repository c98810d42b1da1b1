/**
 * What the shop has on each worker.
 *
 * @module
 */

import type {
  HttpApp,
  LocalFamily,
  RequestContext,
  ServeContext,
} from "../../mod.ts";
import type { RateLimiter } from "../rate_limiter.ts";
import { type Board, board } from "./board.ts";
import { type Catalogue, catalogue } from "./catalogue.ts";
import { type Gallery, gallery } from "./gallery.ts";
import { type HeadOffice, headOffice } from "./head_office.ts";
import { limits } from "./limits.ts";
import { type Live, live } from "./live.ts";
import { type Opening, openWith } from "./opening.ts";
import { type Till, till } from "./till.ts";
import { type Visitors, visitors } from "./visitors.ts";

/** The instances of a worker. */
export type ShopFamilies = {
  readonly board: Board;
  readonly catalogue: Catalogue;
  readonly gallery: Gallery;
  readonly headOffice: HeadOffice;
  readonly limits: RateLimiter;
  readonly live: Live;
  readonly till: Till;
  readonly visitors: Visitors;
};

/** What the shop is given on each worker. */
export type ShopContext = ServeContext<ShopFamilies>;
/** What it is given with each request. */
export type ShopRequest = RequestContext<ShopFamilies>;
/** The shop. */
export type ShopApp = HttpApp<ShopFamilies>;

/** The families of one shop. */
export type ShopLocalFamilies = {
  readonly [K in keyof ShopFamilies]: LocalFamily<ShopFamilies[K]>;
};

/** Makes the families of a shop, on the thread that opens it. */
export function makeFamilies(opening: Opening): ShopLocalFamilies {
  return openWith(opening, () => ({
    board: board.family(),
    catalogue: catalogue.family(),
    gallery: gallery.family(),
    headOffice: headOffice.family(),
    limits: limits.family(),
    live: live.family(),
    till: till.family(),
    visitors: visitors.family(),
  }));
}
