import { assert, assertEquals } from "@std/assert";
import {
  type Callback,
  callback,
  Runtime,
  WorkerLostError,
} from "../../../mod.ts";
import { tap } from "../fixtures/tap.ts";

/** Numbers from 0 to 1, the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

Deno.test(
  "streams and callbacks end, whatever is lost and left in the middle",
  {
    timeout: 60_000,
  },
  async () => {
    const next = random(1);
    const runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(tap);
    const end = performance.now() + 1500;
    let lost = 0;
    let whole = 0;

    async function read(): Promise<void> {
      const length = Math.floor(200 * next());
      const most = next() < 0.5 ? Infinity : Math.floor(100 * next());
      let seen = 0;
      for await (const n of family.any().drops(length)) {
        assertEquals(n, seen++);
        if (seen > most) break;
        if (next() < 0.01) await new Promise((go) => setTimeout(go, 1));
      }
      assertEquals(seen, Math.min(length, most + 1));
    }

    async function call(): Promise<void> {
      const seen: number[] = [];
      const count = Math.floor(100 * next());
      const sum = await runtime.spawn(
        async (count: number, tell: Callback<[number], number>) => {
          let sum = 0;
          for (let n = 0; n < count; n++) {
            const answer = tell(n);
            if (n % 7 === 0) sum += await answer;
          }
          return sum;
        },
        count,
        callback((n: number) => seen.push(n)),
      );
      assertEquals(seen, [...Array(count).keys()]);
      assert(sum >= 0);
    }

    async function map(): Promise<void> {
      const results = runtime.map([...Array(20).keys()], (n: number) => n);
      assertEquals(await Array.fromAsync(results), [...Array(20).keys()]);
    }

    async function kill(): Promise<void> {
      await new Promise((go) => setTimeout(go, 100 * next()));
      await runtime.spawn(() => Deno.exit(1)).catch(() => {});
    }

    async function client(): Promise<void> {
      while (performance.now() < end) {
        const flow = [read, call, map][Math.floor(3 * next())]!;
        try {
          await flow();
          whole++;
        } catch (error) {
          if (!(error instanceof WorkerLostError)) throw error;
          lost++;
        }
      }
    }

    async function killer(): Promise<void> {
      while (performance.now() < end) await kill();
    }

    await Promise.all([client(), client(), client(), killer()]);
    await runtime.close();
    assert(whole > 0 && lost > 0, `${whole} whole, ${lost} lost`);
  },
);
