/**
 * An application for `serve()`: it counts hits, on each worker and of all of them.
 *
 * @module
 */

import type { HttpApp } from "../mod.ts";
import type { Hits } from "./hits.ts";

const app: HttpApp<{ hits: Hits }> = {
  fetch(_request, { families: { hits }, worker }) {
    const total = hits.hit(); //  this worker's own instance: no message
    return Response.json({ worker, total, here: hits.local() });
  },
};

export default app;
