/** What such a worker is told. */
export interface BareOrder {
  /** The module of the app. */
  readonly app: string;
  /** Where to listen; 0: anywhere. */
  readonly port: number;
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<BareOrder>) => void;
  postMessage(port: number): void;
};

scope.onmessage = async ({ data }) => {
  const { default: app } = await import(data.app);
  Deno.serve({
    port: data.port,
    hostname: "127.0.0.1",
    reusePort: true,
    onListen: ({ port }) => scope.postMessage(port),
  }, app.fetch);
};
