/**
 * The prints: what they cost, and what they look like.
 *
 * @module
 */

import { QueueFullError } from "../../mod.ts";
import type { Drawing } from "./drawing.ts";
import type { ShopRequest } from "./families.ts";
import type { Print } from "./prints.ts";
import { Refusal } from "./refusal.ts";

/** The sides that pictures have, in pixels. */
const [SMALLEST, SIZE, LARGEST] = [32, 240, 1024] as const;
/** What the map of all sets looks like. */
const MAP = { re: 0, im: 0, radius: 1.3, hue: 0.6, pace: 0.8, map: true };

/** All prints. */
export async function listPrints(
  _request: Request,
  { families: { board, catalogue } }: ShopRequest,
): Promise<Response> {
  return Response.json(await board.wait("reading", catalogue.all()));
}

/** One print. */
export async function showPrint(
  _request: Request,
  context: ShopRequest,
  name: string,
): Promise<Response> {
  return Response.json(await printOf(name, context));
}

/** The picture of a print: `3.png`, or that of all sets: `map.png`. */
export async function showPicture(
  request: Request,
  context: ShopRequest,
  name: string,
): Promise<Response> {
  const match = /^(\w+)\.png$/.exec(name);
  if (match === null) throw new Refusal(404, `No picture '${name}'`);
  const size = numberIn(request, "size", [SMALLEST, LARGEST], SIZE);
  const look = match[1] === "map" ? MAP : lookOf(
    await printOf(match[1]!, context),
  );
  const { board, gallery } = context.families;
  return await png(
    board.wait("drawing", gallery.picture({ ...look, size })),
    "public, max-age=3600",
  );
}

/** A picture of a set that nobody sells yet: `?re=&im=`. It costs time each time. */
export async function showSketch(
  request: Request,
  { families: { board, gallery } }: ShopRequest,
): Promise<Response> {
  const drawing: Drawing = {
    re: numberIn(request, "re", [-2, 2], 0),
    im: numberIn(request, "im", [-2, 2], 0),
    size: numberIn(request, "size", [SMALLEST, LARGEST], SIZE),
    radius: 1.5,
    hue: 0.55,
    pace: 0.9,
  };
  return await png(
    board.wait("drawing", gallery.sketch(drawing)),
    "no-store",
  );
}

async function png(
  picture: Promise<Uint8Array>,
  cacheControl: string,
): Promise<Response> {
  try {
    return new Response(await picture as Uint8Array<ArrayBuffer>, {
      headers: { "content-type": "image/png", "cache-control": cacheControl },
    });
  } catch (error) {
    if (error instanceof QueueFullError) {
      throw Refusal.later(503, "Too many pictures are to be drawn", 1000);
    }
    if (error instanceof DOMException && error.name === "TimeoutError") {
      throw Refusal.later(503, "The picture took too long to draw", 1000);
    }
    throw error;
  }
}

async function printOf(
  name: string,
  { families: { board, catalogue } }: ShopRequest,
): Promise<Print> {
  const id = /^\d{1,9}$/.test(name) ? Number(name) : undefined;
  const print = id && await board.wait("reading", catalogue.print(id));
  if (print) return print;
  throw new Refusal(404, `No print '${name}'`);
}

/** What the picture depends on, so that sales do not change its key. */
function lookOf({ re, im, radius, hue, pace }: Print): Omit<Drawing, "size"> {
  return { re, im, radius, hue, pace };
}

function numberIn(
  request: Request,
  name: string,
  [least, most]: readonly [number, number],
  usual: number,
): number {
  const text = new URL(request.url).searchParams.get(name);
  const value = text === null ? usual : Number(text);
  if (value >= least && value <= most) return value;
  throw new Refusal(
    400,
    `'${name}' must be a number from ${least} to ${most}: received '${text}'`,
  );
}
