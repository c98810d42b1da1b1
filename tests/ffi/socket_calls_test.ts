import { assert, assertEquals } from "@std/assert";
import { platform } from "../../ffi/detect.ts";

const { sockets } = platform();
const options = { ignore: sockets === undefined, timeout: 30_000 };

function listenHere(port = 0): { listener: Deno.TcpListener; port: number } {
  const listener = Deno.listen({
    hostname: "127.0.0.1",
    port,
    reusePort: true,
  });
  return { listener, port: (listener.addr as Deno.NetAddr).port };
}

Deno.test(
  "SocketCalls.listeningOn() finds the sockets on a port that listen",
  options,
  () => {
    const { listener, port } = listenHere();
    const first = sockets!.listeningOn(port);
    assertEquals(first.length, 1);
    const other = listenHere(port);
    assertEquals(sockets!.listeningOn(port).length, 2);
    other.listener.close();
    assertEquals(sockets!.listeningOn(port), first);
    listener.close();
    assertEquals(sockets!.listeningOn(port), []);
  },
);

Deno.test(
  "SocketCalls.waitingAt() counts connections that nobody has accepted",
  options,
  async () => {
    const { listener, port } = listenHere();
    const [descriptor] = sockets!.listeningOn(port);
    assertEquals(sockets!.waitingAt(descriptor!), 0);
    using one = await Deno.connect({ hostname: "127.0.0.1", port });
    using _other = await Deno.connect({ hostname: "127.0.0.1", port });
    assertEquals(sockets!.waitingAt(descriptor!), 2);
    using _accepted = await listener.accept();
    assertEquals(sockets!.waitingAt(descriptor!), 1);
    assert(one.remoteAddr.port === port);
    listener.close();
    assertEquals(sockets!.waitingAt(descriptor!), undefined);
  },
);

Deno.test(
  "SocketCalls.stopListening() lets others on the port have what comes, and what was accepted go on",
  options,
  async () => {
    const first = listenHere();
    const { port } = first;
    const [descriptor] = sockets!.listeningOn(port);
    const client = await Deno.connect({ hostname: "127.0.0.1", port });
    const accepted = await first.listener.accept();
    const second = listenHere(port);
    assertEquals(sockets!.stopListening(descriptor!), 0);
    assertEquals(sockets!.waitingAt(descriptor!), undefined);
    for (let k = 0; k < 20; k++) {
      using _client = await Deno.connect({ hostname: "127.0.0.1", port });
      using _accepted = await second.listener.accept();
    }
    await client.write(new Uint8Array([7]));
    const read = new Uint8Array(1);
    await accepted.read(read);
    assertEquals(read[0], 7);
    client.close();
    accepted.close();
    first.listener.close();
    second.listener.close();
  },
);

Deno.test(
  "SocketCalls.stopListening() gives an error number for what is no socket",
  options,
  () => {
    assert(sockets!.stopListening(1_000_000) !== 0);
  },
);
