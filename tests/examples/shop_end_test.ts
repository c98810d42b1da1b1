import { assert, assertEquals } from "@std/assert";
import {
  endBy,
  order,
  ordersIn,
  shopProgram,
  urlOf,
  withPath,
} from "./shop_in.ts";

const options = { timeout: 180_000, ignore: Deno.build.os === "windows" };

/** Customers who buy until the shop is closed. */
class Crowd {
  /** The numbers of the orders that they got. */
  readonly orders: number[] = [];
  readonly #url: string;
  readonly #all: Promise<unknown>;
  #isClosed = false;

  constructor(url: string, count: number) {
    this.#url = url;
    this.#all = Promise.all(Array.from({ length: count }, () => this.#buy()));
    this.#all.catch(() => {}); // who sends them home hears of it
  }

  /** Resolves when they have got so many orders more. */
  async hasBought(count: number): Promise<void> {
    const enough = this.orders.length + count;
    while (this.orders.length < enough) {
      await Promise.race([this.#all, delay(10)]);
    }
  }

  /** The shop is closed: compares what they were told with what is in its file. */
  async compare(path: string): Promise<void> {
    this.#isClosed = true;
    await this.#all;
    assertEquals(
      ordersIn(path).map(({ id }) => id),
      this.orders.toSorted((a, b) => a - b),
    );
  }

  async #buy(): Promise<void> {
    using client = Deno.createHttpClient({ poolMaxIdlePerHost: 1 });
    while (true) {
      try {
        const print = 1 + this.orders.length % 12;
        const response = await order(this.#url, print, 1, { client });
        assertEquals(response.status, 201);
        this.orders.push((await response.json()).order);
      } catch (error) {
        // Nobody listens, for now or any more.
        if (!(error instanceof TypeError)) throw error;
        if (this.#isClosed) return;
        await delay(10);
      }
    }
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(
    `The shop loses no order when it is ended by ${signal} while customers order, watch and look`,
    options,
    () =>
      withPath(async (path) => {
        await using shop = await shopProgram(["--file", path]);
        const url = urlOf(shop);
        const crowd = new Crowd(url, 6);
        const events = (await fetch(`${url}events`)).body!
          .pipeThrough(new TextDecoderStream()).values();
        const picture = fetch(`${url}pictures/1.png?size=1024`);
        let isDrawn = false;
        picture.catch(() => {}).finally(() => isDrawn = true);
        for (let isDrawing = false; !isDrawing && !isDrawn;) {
          const { value, done } = await events.next();
          assert(!done);
          isDrawing = /"drawing":[1-9]/.test(value);
        }
        await crowd.hasBought(20);

        assertEquals(await endBy(signal, shop), 0);
        const { status, body } = await picture;
        assert([200, 503].includes(status), `${status}`); // on a slow machine
        await body?.cancel();
        while (!(await events.next()).done);
        await crowd.compare(path);
      }),
  );
}

Deno.test(
  "The shop refuses and loses no order while SIGHUP replaces its workers",
  options,
  () =>
    withPath(async (path) => {
      await using shop = await shopProgram(["--file", path]);
      const crowd = new Crowd(urlOf(shop), 3);
      await crowd.hasBought(1);
      shop.signal("SIGHUP");
      await shop.says(/All workers are new/);
      await crowd.hasBought(10);
      const page = await fetch(`${urlOf(shop)}api/prints/1`);
      assertEquals((await page.json()).id, 1);
      assertEquals(await endBy("SIGTERM", shop), 0);
      await crowd.compare(path);
    }),
);

Deno.test(
  "The shop without a file leaves none",
  options,
  () =>
    withPath(async (path) => {
      const folder = path.slice(0, path.lastIndexOf("/"));
      await using shop = await shopProgram([], { TMPDIR: folder });
      assertEquals((await order(urlOf(shop), 1)).status, 201);
      const before = await Array.fromAsync(Deno.readDir(folder));
      assert(before.some(({ name }) => name.startsWith("kindred_shop_")));
      assertEquals(await endBy("SIGTERM", shop), 0);
      assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
    }),
);
