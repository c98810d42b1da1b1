/**
 * The page for people, and the files that it is made of.
 *
 * @module
 */

import type { ShopRequest } from "./families.ts";
import { Refusal } from "./refusal.ts";

const PAGE = new URL("./page/", import.meta.url);

const KINDS: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** The page. Who comes for the first time gets a number. */
export async function showPage(
  request: Request,
  { families: { visitors } }: ShopRequest,
): Promise<Response> {
  const visitor = visitors.welcome(request.headers.get("cookie"));
  return await fileOf("index.html", visitor.headers);
}

/** A file of the page. */
export async function showFile(
  _request: Request,
  _context: ShopRequest,
  name: string,
): Promise<Response> {
  return await fileOf(name);
}

async function fileOf(
  name: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const match = /^[a-z_]+\.(css|html|js|svg)$/.exec(name);
  if (match === null) throw new Refusal(404, `No file '${name}'`);
  try {
    const bytes = await Deno.readFile(new URL(name, PAGE));
    return new Response(bytes, {
      headers: {
        "content-type": KINDS[match[1]!]!,
        "cache-control": "no-cache",
        ...headers,
      },
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Refusal(404, `No file '${name}'`);
  }
}
