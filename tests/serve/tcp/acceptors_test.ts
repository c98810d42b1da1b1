import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type Acceptor,
  listen,
  type Place,
} from "../../../serve/tcp/acceptor.ts";
import { listenByNode } from "../../../serve/tcp/node_acceptor.ts";
import type { TcpConnection } from "../../../serve/tcp/tcp_app.ts";
import type { TcpConfig } from "../../../serve/tcp/tcp_config.ts";
import { Mutex } from "../../../sync/mod.ts";
import { readAll, readSome } from "./talking.ts";

const timeout = 120_000;
const { BadResource, BrokenPipe, ConnectionReset } = Deno.errors;

const CONFIG: TcpConfig = {
  hostname: "127.0.0.1",
  path: undefined,
  cert: undefined,
  key: undefined,
  maxConnections: undefined,
};

type Listen = (port?: number) => Promise<Acceptor>;

const PLACE: Place = {
  config: CONFIG,
  spread: "kernel",
  lock: new Mutex(),
  port: undefined,
};

const ACCEPTORS: Readonly<Record<string, Listen>> = {
  Deno: (port) => listen({ ...PLACE, port }),
  Node: (port) => listenByNode({ ...PLACE, port }),
};

/** Tests the same of both sorts of sockets. */
function testBoth(
  rule: string,
  test: (listen: Listen) => Promise<void>,
): void {
  for (const [name, listen] of Object.entries(ACCEPTORS)) {
    Deno.test(`sockets of ${name} ${rule}`, { timeout }, () => test(listen));
  }
}

function connectTo({ addr }: Acceptor): Promise<Deno.TcpConn> {
  const { hostname, port } = addr as Deno.NetAddr;
  return Deno.connect({ hostname, port });
}

/** Lets the event loop turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** A connection, from both sides. */
class Pair implements AsyncDisposable {
  readonly acceptor: Acceptor;
  readonly inner: TcpConnection;
  readonly outer: Deno.TcpConn;

  constructor(acceptor: Acceptor, inner: TcpConnection, outer: Deno.TcpConn) {
    this.acceptor = acceptor;
    this.inner = inner;
    this.outer = outer;
  }

  static async open(listen: Listen): Promise<Pair> {
    const acceptor = await listen();
    const accepted = Promise.withResolvers<TcpConnection>();
    acceptor.accept(accepted.resolve);
    const outer = await connectTo(acceptor);
    return new Pair(acceptor, await accepted.promise, outer);
  }

  /** Closes the other side so that this one is reset. */
  async reset(): Promise<void> {
    await this.inner.write(new Uint8Array(8));
    // What was not read when it is closed makes the system reset it.
    await turn();
    this.outer.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const side of [this.inner, this.outer]) {
      try {
        side.close();
      } catch (error) {
        assert(!(error instanceof TypeError));
      }
    }
    await this.acceptor.close();
  }
}

async function readText(connection: TcpConnection): Promise<string> {
  return await readAll(connection as Deno.Conn);
}

const bytes = (text: string) => new TextEncoder().encode(text);

testBoth("know both addresses", async (listen) => {
  await using pair = await Pair.open(listen);
  const { inner, outer, acceptor } = pair;
  assertEquals({ ...inner.remoteAddr }, { ...outer.localAddr });
  assertEquals({ ...inner.localAddr }, { ...outer.remoteAddr });
  assertEquals({ ...inner.localAddr }, { ...acceptor.addr });
});

testBoth("read in pieces of any size, and null at the end", async (listen) => {
  await using pair = await Pair.open(listen);
  const { inner, outer } = pair;
  await outer.write(bytes("hello"));
  await outer.closeWrite();
  const piece = new Uint8Array(2);
  let text = "";
  for (
    let length = await inner.read(piece);
    length !== null;
    length = await inner.read(piece)
  ) {
    assert(length === 1 || length === 2);
    text += new TextDecoder().decode(piece.subarray(0, length));
  }
  assertEquals(text, "hello");
  assertEquals(await inner.read(piece), null);
  // This direction is still open.
  await inner.write(bytes("bye"));
  await inner.closeWrite();
  assertEquals(await readAll(outer), "bye");
});

testBoth("wait for what comes later", async (listen) => {
  await using pair = await Pair.open(listen);
  const { inner, outer } = pair;
  const reading = readText(inner);
  for (const text of ["one ", "two ", "three"]) {
    await turn();
    await outer.write(bytes(text));
  }
  await outer.closeWrite();
  assertEquals(await reading, "one two three");
});

testBoth("write what was given, though it is changed then", async (listen) => {
  await using pair = await Pair.open(listen);
  const { inner, outer } = pair;
  const data = bytes("first");
  const written = inner.write(data);
  await written;
  data.fill(0);
  inner.close();
  assertEquals(await readAll(outer), "first");
});

testBoth("are streams, whose end closes them", async (listen) => {
  for (const side of ["readable", "writable"] as const) {
    await using pair = await Pair.open(listen);
    const { inner, outer } = pair;
    const { readable, writable } = inner;
    const writer = writable.getWriter();
    await writer.write(bytes("hello"));
    assertEquals(await readSome(outer), "hello");
    await outer.write(bytes("a"));
    if (side === "writable") {
      await writer.close();
    } else {
      await outer.closeWrite();
      const chunks: number[] = [];
      for await (const chunk of readable) chunks.push(...chunk);
      assertEquals(chunks, [97]);
    }
    await assertRejects(() => inner.read(new Uint8Array(1)), BadResource);
  }
});

testBoth("that are closed throw BadResource", async (listen) => {
  await using pair = await Pair.open(listen);
  const { inner, outer } = pair;
  inner.close();
  assertThrows(() => inner.close(), BadResource);
  await assertRejects(() => inner.read(new Uint8Array(1)), BadResource);
  await assertRejects(async () => await inner.write(bytes("x")), BadResource);
  await assertRejects(async () => await inner.closeWrite(), BadResource);
  inner[Symbol.dispose]();
  assertEquals(await readAll(outer), "");
});

testBoth("end what waits when they are closed", async (listen) => {
  await using pair = await Pair.open(listen);
  const reading = pair.inner.read(new Uint8Array(1)).catch((error) => error);
  await turn();
  pair.inner.close();
  const read = await reading;
  assert(
    read instanceof BadResource || read instanceof Deno.errors.Interrupted,
    String(read),
  );
});

testBoth("say that the other side has broken off", async (listen) => {
  await using pair = await Pair.open(listen);
  await pair.reset();
  const error = await assertRejects(async () => {
    for (;;) {
      if (await pair.inner.read(new Uint8Array(8)) === null) {
        await pair.inner.write(new Uint8Array(8));
      }
    }
  });
  assert(error instanceof ConnectionReset || error instanceof BrokenPipe);
});

testBoth("share a port", async (listen) => {
  const first = await listen();
  const second = await listen((first.addr as Deno.NetAddr).port);
  const counts = [0, 0];
  for (const [k, acceptor] of [first, second].entries()) {
    acceptor.accept((connection) => {
      counts[k]!++;
      connection.close();
    });
  }
  while (counts.includes(0)) {
    using connection = await connectTo(first);
    assertEquals(await readAll(connection), "");
  }
  await Promise.all([first.close(), second.close()]);
});

testBoth("accept what is there before they are closed", async (listen) => {
  const acceptor = await listen();
  let count = 0;
  acceptor.accept((connection) => {
    count++;
    connection.close();
  });
  const connections = await Promise.all(
    Array.from(
      { length: 50 },
      () => connectTo(acceptor),
    ),
  );
  await acceptor.close();
  for (const connection of connections) {
    assertEquals(await readAll(connection), "");
    connection.close();
  }
  assertEquals(count, 50);
  await assertRejects(
    () => connectTo(acceptor),
    Deno.errors.ConnectionRefused,
  );
});

Deno.test("sockets on a path accept what is there before they are closed", {
  timeout,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/socket`;
    const config = { ...CONFIG, path };
    const acceptor = await listen({ ...PLACE, config });
    acceptor.accept((connection) => connection.close());
    const connections = await Promise.all(
      Array.from(
        { length: 50 },
        () => Deno.connect({ transport: "unix", path }),
      ),
    );
    await acceptor.close();
    for (const connection of connections) {
      assertEquals(await readAll(connection), "");
      connection.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
