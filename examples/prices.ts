/**
 * A function that workers import, as it uses more than its arguments.
 *
 * @module
 */

import { portable } from "../mod.ts";

const TAX = 0.25;

/** What a customer pays. */
export const gross: (net: number) => number = portable(
  import.meta.url,
  function gross(net: number) {
    return net * (1 + TAX);
  },
);
