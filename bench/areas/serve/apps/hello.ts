/** The least that a server can do. */
export default {
  fetch: (): Response => new Response("Hello, world!"),
};
