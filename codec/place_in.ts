/**
 * Lists of things that a frame refers to by their places.
 *
 * @module
 */

/** The place of a thing in a list, at the end of which it is put if it is not there. */
export function placeIn<T>(list: T[], thing: T): number {
  const place = list.indexOf(thing);
  return place >= 0 ? place : list.push(thing) - 1;
}
