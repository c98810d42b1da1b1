import { assert, assertEquals, assertRejects } from "@std/assert";
import { chat } from "../../examples/line_protocol/chat.ts";
import type { ChatFamilies } from "../../examples/line_protocol/chat_app.ts";
import { readLines } from "../../examples/line_protocol/lines.ts";
import { type Server, serveTcp } from "../../serve/mod.ts";

const timeout = 180_000;
const APP = new URL(
  "../../examples/line_protocol/chat_app.ts",
  import.meta.url,
);

/** Somebody who chats. */
class Guest implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #lines: AsyncGenerator<string>;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    this.#lines = readLines(connection, new AbortController().signal);
  }

  /** Connects, and says a name. */
  static async come(server: Server, name: string): Promise<Guest> {
    const { port } = server.addr as Deno.NetAddr;
    const guest = new Guest(await Deno.connect({ port }));
    assertEquals(await guest.hear(), "Your name?");
    await guest.say(name);
    assertEquals(await guest.hear(), `Welcome, ${name}`);
    return guest;
  }

  async say(text: string): Promise<void> {
    await this.#connection.write(new TextEncoder().encode(`${text}\n`));
  }

  /** The next line; undefined: there are no more. */
  async hear(): Promise<string | undefined> {
    return (await this.#lines.next()).value;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

async function open(): Promise<Server> {
  return await serveTcp<ChatFamilies>(APP, {
    port: 0,
    hostname: "127.0.0.1",
    workers: 2,
    families: { chat: chat.family() },
  });
}

/** A server and guests, some on each worker. */
async function openWithGuests(): Promise<{ server: Server; guests: Guest[] }> {
  const server = await open();
  const guests: Guest[] = [];
  const perWorker = () => server.stats().workers.map(({ active }) => active);
  while (guests.length < 2 || perWorker().includes(0)) {
    const name = `guest${guests.length}`;
    const guest = await Guest.come(server, name);
    for (const other of guests) {
      assertEquals(await other.hear(), `${name} comes`);
    }
    guests.push(guest);
  }
  return { server, guests };
}

Deno.test("chat: what somebody says is heard by all others, on all workers", {
  timeout,
}, async () => {
  const { server, guests } = await openWithGuests();
  await using _server = server;
  const [speaker, ...others] = guests;
  await speaker!.say("hello");
  for (const other of others) {
    assertEquals(await other.hear(), "guest0: hello");
  }
  await speaker!.say("/who");
  assertEquals(await speaker!.hear(), `${guests.length} here`);
  await speaker!.say("/quit");
  assertEquals(await speaker!.hear(), "Goodbye");
  assertEquals(await speaker!.hear(), undefined);
  for (const other of others) assertEquals(await other.hear(), "guest0 goes");
  for (const guest of guests) guest[Symbol.dispose]();
});

Deno.test("chat: guests are told when the server stops", {
  timeout,
}, async () => {
  const { server, guests } = await openWithGuests();
  const farewells = guests.map(async (guest) => {
    const lines: (string | undefined)[] = [];
    while (lines.at(-1) !== "Goodbye") {
      const line = await guest.hear();
      assert(line !== undefined);
      lines.push(line);
    }
    assertEquals(await guest.hear(), undefined);
    guest[Symbol.dispose]();
  });
  await Promise.all([server.shutdown(), ...farewells]);
});

Deno.test("chat: a line that is too long ends its connection alone", {
  timeout,
}, async () => {
  await using server = await open();
  using polite = await Guest.come(server, "polite");
  using rude = await Guest.come(server, "rude");
  assertEquals(await polite.hear(), "rude comes");
  await rude.say("x".repeat(5000));
  assertEquals(await polite.hear(), "rude goes");
  assert((await rude.hear())?.includes("longer"));
  assertEquals(await rude.hear(), undefined);
});

/** A connection from which these pieces come. */
function coming(...pieces: (string | Error)[]) {
  return {
    read(into: Uint8Array): Promise<number | null> {
      const piece = pieces.shift();
      if (piece instanceof Error) return Promise.reject(piece);
      if (piece === undefined) return Promise.resolve(null);
      return Promise.resolve(new TextEncoder().encodeInto(piece, into).written);
    },
  } as Deno.TcpConn;
}

async function linesOf(...pieces: (string | Error)[]): Promise<string[]> {
  const { signal } = new AbortController();
  return await Array.fromAsync(readLines(coming(...pieces), signal));
}

Deno.test("readLines() finds lines, however they come", async () => {
  assertEquals(await linesOf("a\nb\n"), ["a", "b"]);
  assertEquals(await linesOf("a", "b", "\n", "\nc\r\n"), ["ab", "", "c"]);
  assertEquals(await linesOf("é", "è\n"), ["éè"]);
  assertEquals(await linesOf("a\nno end"), ["a"]);
  assertEquals(await linesOf(), []);
  await assertRejects(() => linesOf("x".repeat(4096), "x"), RangeError);
  await assertRejects(() => linesOf("a\n", new SyntaxError()), SyntaxError);
});

Deno.test("readLines() ends when its signal is aborted", {
  timeout,
}, async () => {
  const stop = new AbortController();
  const waiting = { read: () => new Promise(() => {}) } as unknown;
  const lines = readLines(waiting as Deno.TcpConn, stop.signal);
  const next = lines.next();
  stop.abort();
  assertEquals((await next).done, true);
  const never = readLines(coming("a\n"), stop.signal);
  assertEquals((await never.next()).done, true);
});
