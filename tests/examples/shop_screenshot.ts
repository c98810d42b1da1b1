/**
 * Makes the picture of the shop in its documentation, with Debian's chromium:
 *
 * ```sh
 * deno run -A tests/examples/shop_screenshot.ts docs/shop.png
 * ```
 *
 * It shows the rush hour, by day on the left and by night on the right.
 *
 * @module
 */

import { Chromium } from "../support/chromium.ts";
import type { Page } from "../support/chromium_page.ts";
import { withShop } from "./shop_in.ts";
import { smallPng } from "./small_png.ts";

/** What is seen of the page, and how wide the picture is, in pixels. */
const [WIDTH, HEIGHT, PICTURE] = [1280, 866, 1000] as const;
/** For how long there is rush hour before the picture is taken, in ms: the curves are full then. */
const RUSH = 16_000;

/** Puts two pictures together, in the page. */
const TOGETHER = `async (pictures, [width, height]) => {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  for (const [k, picture] of pictures.entries()) {
    const bytes = await fetch("data:image/png;base64," + picture);
    if (k === 1) {
      context.beginPath();
      context.moveTo(width * 0.62, 0);
      context.lineTo(width, 0);
      context.lineTo(width, height);
      context.lineTo(width * 0.42, height);
      context.clip();
    }
    const bitmap = await createImageBitmap(await bytes.blob());
    context.drawImage(bitmap, 0, 0, width, height);
  }
  const { data } = context.getImageData(0, 0, width, height);
  return new Uint8Array(data.buffer).toBase64();
}`;

async function takePicture(
  page: Page,
  url: string,
): Promise<Uint8Array<ArrayBuffer>> {
  await page.goTo(url);
  await page.until(`document.querySelectorAll("#workers li").length > 0`);
  await page.until(`document.querySelectorAll("#prints img").length > 0`);
  await page.evaluate(`document.querySelector("#rush").click()`);
  await new Promise((next) => setTimeout(next, RUSH));
  const pictures: string[] = [];
  for (const colours of ["light", "dark"] as const) {
    await page.setColours(colours);
    pictures.push((await page.picture()).toBase64());
  }
  const size = [PICTURE, Math.round(PICTURE * HEIGHT / WIDTH)] as const;
  const pixels = await page.evaluate<string>(
    `(${TOGETHER})(${JSON.stringify(pictures)}, ${JSON.stringify(size)})`,
  );
  return smallPng(Uint8Array.fromBase64(pixels), size);
}

if (import.meta.main) {
  const [file = "docs/shop.png"] = Deno.args;
  await withShop(async ({ url }) => {
    await using browser = await Chromium.start();
    const page = await browser.open({ width: WIDTH, height: HEIGHT });
    const picture = await takePicture(page, url);
    await Deno.writeFile(file, picture);
    console.log(`${file}: ${picture.length} bytes`);
  });
}
