/**
 * A certificate for tests, which belongs to nobody.
 *
 * @module
 */

const read = (name: string) =>
  Deno.readTextFileSync(new URL(`./fixtures/${name}`, import.meta.url));

/** For localhost and 127.0.0.1. */
export const CERT: string = read("localhost_cert.pem");
/** Its private key. */
export const KEY: string = read("localhost_key.pem");

/** Connects, and trusts that certificate. */
export async function connectTls(
  { hostname, port }: { readonly hostname: string; readonly port: number },
): Promise<Deno.TlsConn> {
  return await Deno.connectTls({ hostname, port, caCerts: [CERT] });
}
