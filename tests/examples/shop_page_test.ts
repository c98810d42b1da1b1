import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { PRINTS } from "../../examples/shop/prints.ts";
import { topology } from "../../mod.ts";
import { Chromium, isChromiumInstalled } from "../support/chromium.ts";
import { ordersIn, withShop } from "./shop_in.ts";

/** Said by the name of a test that is ignored. */
const missing = isChromiumInstalled()
  ? ""
  : ", if Debian's package chromium is there";

/** The number that an element shows. */
function shown(selector: string): string {
  return `Number(document.querySelector('${selector}')
    .textContent.replaceAll(",", ""))`;
}

/** Whether all pictures of a selector are there. */
function loaded(selector: string): string {
  return `[...document.querySelectorAll('${selector}')]
    .every((image) => image.complete && image.naturalWidth > 0)`;
}

Deno.test({
  name: `The page of the shop shows all workers and what they do${missing}`,
  ignore: !isChromiumInstalled() || topology().allowed.size < 2,
  timeout: 300_000,
  fn: () =>
    withShop(async ({ url }, path) => {
      await using browser = await Chromium.start();
      const page = await browser.open();
      await page.goTo(url);

      await page.until(`document.querySelectorAll("#workers li").length === 2`);
      assertEquals(
        await page.evaluate(`document.querySelector("#topology").shadowRoot
          .querySelectorAll(".cell.worker[x]").length`),
        3, // two, and that of the legend
      );
      await page.until(
        `document.querySelectorAll("#prints li").length === ${PRINTS.length}`,
      );
      // Pictures further down are loaded when they are seen.
      await page.evaluate(`scrollTo(0, document.body.scrollHeight)`);
      await page.until(loaded("#prints img"));
      await page.evaluate(`scrollTo(0, 0)`);

      // A print is bought.
      await page.evaluate(
        `document.querySelector('[data-print="3"] button').click()`,
      );
      await page.until(
        `document.querySelector('[data-print="3"]').dataset.order === "1"`,
      );
      assertEquals(ordersIn(path).map(({ print }) => print), [3]);

      // The studio draws where the mouse is.
      await page.until(loaded("#map img, #sketch"));
      const before = await page.evaluate(
        `document.querySelector("#sketch").src`,
      );
      const [x, y] = await page.evaluate<[number, number]>(`(() => {
        const { left, top } = document.querySelector("#map")
          .getBoundingClientRect();
        return [left + 30, top + 40];
      })()`);
      await page.moveMouse(x, y);
      await page.until(
        `document.querySelector("#sketch").src !== ${JSON.stringify(before)}`,
      );

      // In the rush hour the numbers move, on the workers that have connections.
      const answered = shown('[data-total="answered"]');
      const atFirst = await page.evaluate<number>(answered);
      assert(atFirst > 0, `${atFirst} answered`);
      await page.evaluate(`document.querySelector("#rush").click()`);
      await page.until(`${answered} > ${atFirst + 200}`);
      await page.until(`${shown('[data-total="rate"]')} > 0`);
      await page.evaluate(`document.querySelector("#rush").click()`);
      assertEquals(await page.evaluate(shown('[data-total="watching"]')), 1);
      assertEquals(await page.evaluate(shown('[data-total="visitors"]')), 1);

      // By night it is dark.
      const paper = "getComputedStyle(document.body).backgroundColor";
      const day = await page.evaluate(paper);
      await page.setColours("dark");
      assertNotEquals(await page.evaluate(paper), day);

      assertEquals(page.faults, []);
    }, { limit: { burst: 1_000_000, rate: 1_000_000 } }),
});
