import { assertEquals, assertRejects } from "@std/assert";
import { app, serveHere, urlOf } from "./serving.ts";
import { CERT, KEY } from "./tls.ts";

const timeout = 60_000;

Deno.test(
  "serve() speaks TLS with a certificate and its key",
  { timeout },
  async () => {
    await using server = await serveHere(app("slow"), { cert: CERT, key: KEY });
    const url = urlOf(server, "/?ms=0").replace("http:", "https:");
    using client = Deno.createHttpClient({ caCerts: [CERT] });
    const response = await fetch(url, { client });
    assertEquals(response.status, 200);
    await response.bytes();
    await assertRejects(() => fetch(url), TypeError); // who does not know it
  },
);

Deno.test("serve() refuses a key that is not that of the certificate", {
  timeout,
}, async () => {
  await assertRejects(() => serveHere(app("slow"), { cert: CERT, key: CERT }));
});
