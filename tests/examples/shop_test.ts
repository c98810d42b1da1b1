import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { draw } from "../../examples/shop/drawing.ts";
import type { Moment } from "../../examples/shop/live.ts";
import { EDITION, type Print, PRINTS } from "../../examples/shop/prints.ts";
import { Shop, type ShopOptions } from "../../examples/shop/shop.ts";
import { Runtime, topology } from "../../mod.ts";
import { order, ordersIn, withPath, withShop } from "./shop_in.ts";

const timeout = 180_000;
const ignore = topology().allowed.size < 2;

/** Defines a test in a shop with two workers. */
function testShop(
  name: string,
  run: (shop: Shop, path: string) => Promise<void>,
  options: Partial<ShopOptions> = {},
): void {
  Deno.test(name, { timeout, ignore }, () => withShop(run, options));
}

/** The same, also where there are no threads. */
function testBothShops(
  name: string,
  run: (shop: Shop, path: string) => Promise<void>,
): void {
  testShop(`${name} (threads)`, run);
  Deno.test(
    `${name} (inline)`,
    { timeout },
    () => withShop(run, { kind: "inline" }),
  );
}

/** Fetches JSON by a connection of its own, so that any worker may get it. */
async function jsonOf<T>(url: string): Promise<T> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  return await (await fetch(url, { client })).json();
}

/** What a request comes to: its status, and the header that is asked for. */
async function statusOf(
  response: Promise<Response>,
  header?: string,
): Promise<[number, string | null]> {
  const { status, headers, body } = await response;
  await body?.cancel();
  return [status, header === undefined ? null : headers.get(header)];
}

/** The events of the machine, as they come. */
async function* momentsOf(url: string): AsyncGenerator<Moment, void> {
  const { body } = await fetch(`${url}events`);
  let text = "";
  for await (const part of body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    const events = text.split("\n\n");
    text = events.pop()!;
    for (const event of events) {
      yield JSON.parse(event.replace(/^data: /, ""));
    }
  }
}

testBothShops(
  "The shop shows its prints, and what an order leaves of them on all workers",
  async ({ url }, path) => {
    const prints = await jsonOf<Print[]>(`${url}api/prints`);
    const titles = (prints: readonly { title: string }[]) =>
      prints.map(({ title }) => title);
    assertEquals(titles(prints), titles(PRINTS));

    const response = await order(url, 3, 2);
    assertEquals(response.status, 201);
    assertEquals(await response.json(), { order: 1, left: EDITION - 2 });
    const seen = await Promise.all(
      Array.from({ length: 16 }, () => jsonOf<Print>(`${url}api/prints/3`)),
    );
    assertEquals(seen.map(({ left }) => left), seen.map(() => EDITION - 2));
    assertEquals(ordersIn(path), [{ id: 1, print: 3, quantity: 2 }]);
  },
);

testShop(
  "The shop refuses what it does not have, and what is no order",
  async ({ url }, path) => {
    const post = (body: string) =>
      fetch(`${url}api/orders`, { method: "POST", body });
    for (
      const [status, request] of [
        [404, fetch(`${url}api/prints/99`)],
        [404, fetch(`${url}api/prints/x`)],
        [404, fetch(`${url}pictures/99.png`)],
        [404, fetch(`${url}page/nothing.js`)],
        [404, fetch(`${url}page/..%2fapp.ts`)],
        [404, fetch(`${url}nothing`)],
        [404, fetch(`${url}api/orders`)],
        [400, fetch(`${url}pictures/1.png?size=100000`)],
        [400, fetch(`${url}sketch.png?re=x`)],
        [404, order(url, 99)],
        [400, order(url, 1, 0)],
        [400, order(url, 1, 11)],
        [400, order(url, 1.5)],
        [400, post("null")],
        [400, post("{")],
        [413, post(" ".repeat(5000))],
      ] as const
    ) {
      assertEquals(await statusOf(request), [status, null]);
    }
    assertEquals(ordersIn(path), []);
  },
);

testShop(
  "The shop sells no more prints than there are, whoever asks at the same time",
  async ({ url }, path) => {
    let sold = 0;
    let refused = 0;
    async function customer(): Promise<void> {
      using client = Deno.createHttpClient({ poolMaxIdlePerHost: 1 });
      for (let k = 0; k < 30; k++) {
        const [status] = await statusOf(order(url, 1, 10, { client }));
        if (status === 201) sold += 10;
        else refused++;
      }
    }
    await Promise.all(Array.from({ length: 8 }, customer));
    assertEquals([sold, refused], [EDITION, 240 - EDITION / 10]);
    const rows = ordersIn(path);
    assertEquals(rows.map(({ id }) => id), rows.map((_, k) => k + 1));
    assertEquals(rows.length, EDITION / 10);
    assertEquals(await statusOf(order(url, 1)), [409, null]);
  },
);

testBothShops("The shop draws pictures", async ({ url }) => {
  for (const name of ["1", "12", "map"]) {
    const response = await fetch(`${url}pictures/${name}.png?size=64`);
    assertEquals(response.headers.get("content-type"), "image/png");
    const start = (await response.bytes()).slice(1, 4);
    assertEquals(new TextDecoder().decode(start), "PNG");
  }
});

testShop(
  "The shop gives up a picture that takes too long, and goes on",
  async ({ url }) => {
    const late = fetch(`${url}sketch.png?size=1024`);
    assertEquals(await statusOf(late, "retry-after"), [503, "1"]);
    assertEquals(await statusOf(order(url, 1)), [201, null]);
  },
  { deadline: 1 },
);

Deno.test(
  "draw() lets its worker do other things, and ends soon when its time is up",
  {
    timeout,
    ignore,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const look = { re: 0, im: 0, radius: 0.01, hue: 0, pace: 1 };
    await runtime.spawn(draw, { ...look, size: 32 }); // the module is there
    // It would take a minute: no point of it ever gets away.
    const picture = runtime.with({ timeout: 500 })
      .spawn(draw, { ...look, size: 5000 });
    const timesUp = assertRejects(() => picture.then(), DOMException);
    await runtime.with({ worker: 0 }).spawn(() => 5);
    assertEquals((await timesUp).name, "TimeoutError");
    while (runtime.stats().total.run.running > 0) {
      await new Promise((next) => setTimeout(next, 10));
    }
    // It has not been cut off with its worker.
    assertEquals(runtime.report().workers[0]!.replaced, 0);
  },
);

testShop(
  "The shop refuses more than its limit, and still shows what the machine does",
  async ({ url }) => {
    const statuses: number[] = [];
    for (let k = 0; k < 12; k++) {
      statuses.push((await statusOf(fetch(`${url}api/prints/1`)))[0]);
    }
    assertEquals(statuses.slice(0, 10), Array(10).fill(200));
    assertEquals(statuses.slice(10), [429, 429]);
    const [, retryAfter] = await statusOf(fetch(url), "retry-after");
    assert(Number(retryAfter) > 1000, String(retryAfter));
    for (const path of ["metrics", "machine.svg", "health", "ready"]) {
      assertEquals(await statusOf(fetch(url + path)), [200, null]);
    }
  },
  { limit: { burst: 10, rate: 1, per: 3_600_000, lease: 0 } },
);

testShop(
  "The shop gives visitors numbers, and knows them by these",
  async ({ url }) => {
    const [, first] = await statusOf(fetch(url), "set-cookie");
    const [, second] = await statusOf(order(url, 1), "set-cookie");
    assertMatch(first!, /^visitor=1;/);
    assertMatch(second!, /^visitor=2;/);
    const again = fetch(url, { headers: { cookie: "a=b; visitor=2" } });
    assertEquals(await statusOf(again, "set-cookie"), [200, null]);
  },
);

testBothShops(
  "The shop has metrics and a picture of the machine",
  async ({ url, server }) => {
    const metrics = await fetch(`${url}metrics`);
    assertMatch(metrics.headers.get("content-type")!, /^application\/openme/);
    const text = await metrics.text();
    assertMatch(text, /^kindred_tasks_started_total\{/m);
    assertMatch(text, /^kindred_server_requests_total\{/m);
    assertMatch(text, /\n# EOF\n$/);
    const svg = await (await fetch(`${url}machine.svg`)).text();
    const drawn = [...svg.matchAll(/, worker \d+</g)].length;
    const { workers } = server.runtime.report();
    const placed = workers.filter(({ processor }) => processor !== undefined);
    assertEquals(drawn, placed.length);
  },
);

for (const kind of ["threads", "inline"] as const) {
  Deno.test(
    `The shop tells what its workers do until it is closed, which does not wait for who watches (${kind})`,
    {
      timeout,
      ignore: ignore && kind === "threads",
    },
    async () => {
      let moments: AsyncGenerator<Moment, void> | undefined;
      await withShop(async ({ url }) => {
        moments = momentsOf(url);
        // Without its state if the starting thread was too slow to tell it.
        let states: (string | undefined)[];
        do {
          const { value } = await moments.next();
          states = value!.workers.map(({ state }) => state);
        } while (states.includes(undefined));
        assertEquals(states, ["running", "running"]);
        for (let k = 0; k < 5; k++) await statusOf(fetch(`${url}api/prints`));
        while (true) {
          const { workers, visitors, cache } = (await moments.next()).value!;
          const sum = (name: "answered" | "watching") =>
            workers.reduce((sum, worker) => sum + worker[name], 0);
          assertEquals([sum("watching"), visitors], [1, 0]);
          if (sum("answered") < 6) continue;
          assertEquals(sum("answered"), 6); // these, and that of the events
          assertEquals(cache.hits + cache.misses, 5 * PRINTS.length);
          return;
        }
      }, { kind });
      // The rest of them; then the stream ends.
      for await (const _ of moments!);
    },
  );
}

testShop(
  "The shop goes on when a worker is lost, the one with the ledger too",
  async ({ url, server: { runtime } }, path) => {
    assertEquals(await statusOf(order(url, 1)), [201, null]);
    for (const worker of [0, 1]) {
      await assertRejects(() =>
        runtime.with({ worker }).spawn(() => self.close()).then()
      );
    }
    // Some are refused, or cut off, until there are new ones.
    let orders = 1;
    while (orders < 5) {
      const signal = AbortSignal.timeout(5000);
      const response = await order(url, 1, 1, { signal })
        .catch(() => undefined);
      await response?.body?.cancel();
      if (response?.status === 201) orders++;
    }
    const rows = ordersIn(path);
    assert(rows.length >= 5, JSON.stringify(rows));
    assertEquals(rows.map(({ id }) => id), rows.map((_, k) => k + 1));
  },
);

Deno.test("Shop.open() leaves nothing behind when its port is in use", {
  timeout,
  ignore,
}, () =>
  withPath(async (path) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    await assertRejects(
      () => Shop.open({ path, port, workers: 2 }),
      Deno.errors.AddrInUse,
    );
  }));
