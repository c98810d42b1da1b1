/**
 * What the shop sells: pictures of Julia sets, in limited editions.
 *
 * @module
 */

/** A print, as it is drawn. */
export interface Look {
  /** The constant of the set. */
  readonly re: number;
  readonly im: number;
  /** Half of what is seen of the plane, from the left to the right. */
  readonly radius: number;
  /** Where its colours begin, and how quickly they change. */
  readonly hue: number;
  readonly pace: number;
}

/** A print, as it is sold. */
export interface Print extends Look {
  readonly id: number;
  readonly title: string;
  /** In cents. */
  readonly price: number;
  /** How many there are still. */
  readonly left: number;
}

/** How many there are of each print at first. */
export const EDITION = 2000;

/** A new shop has these. */
export const PRINTS: readonly Omit<Print, "id" | "left">[] = [
  print("Galaxies", 4900, [-0.8, 0.156], 1.45, 0.58, 0.9),
  print("Dragon", 7200, [0.36, 0.1], 1.15, 0.02, 0.8),
  print("Lace", 3900, [-0.4, 0.6], 1.35, 0.82, 0.7),
  print("Rabbit", 5400, [-0.123, 0.745], 1.35, 0.3, 0.55),
  print("Lightning", 6100, [-0.70176, -0.3842], 1.4, 0.66, 1.1),
  print("Coral", 4400, [0.285, 0.01], 1.1, 0.95, 0.75),
  print("Frost", 5900, [-0.835, -0.2321], 1.45, 0.5, 0.9),
  print("Nebula", 6800, [0.355534, -0.337292], 1.05, 0.74, 0.6),
  print("Siegel", 4700, [-0.391, -0.587], 1.3, 0.12, 0.8),
  print("Spirals", 5100, [-0.7269, 0.1889], 1.4, 0.42, 1.2),
  print("Basilica", 3600, [-0.77, 0.02], 1.6, 0.06, 0.6),
  print("Thorns", 5600, [-0.1, 0.651], 1.25, 0.88, 0.9),
];

function print(
  title: string,
  price: number,
  [re, im]: readonly [number, number],
  radius: number,
  hue: number,
  pace: number,
): Omit<Print, "id" | "left"> {
  return { title, price, re, im, radius, hue, pace };
}
