/** Says where a server listens: what waits for it reads this line. */
export function sayListening({ port }: { readonly port: number }): void {
  console.log(`Listening on http://127.0.0.1:${port}/`);
}
