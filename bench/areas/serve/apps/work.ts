import { Grinder } from "../../layout/grinder.ts";

/** So many turns are as long as the handler is to take. */
const turns = Number(Deno.env.get("KINDRED_TURNS"));
const grinder = new Grinder();

/** A handler that calculates. */
export default {
  fetch: (): Response => new Response(`${grinder.grind(turns)}`),
};
