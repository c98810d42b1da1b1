/** Each thread has a name of its own. */
const name = crypto.randomUUID();

/** Tells which thread it is that answers. */
export default { fetch: (): Response => new Response(name) };
