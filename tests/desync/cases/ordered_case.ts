import type { Place } from "../ordered_places.ts";

/** What every kind of object does, wherever it lives: what is shown, and how. */
export type OrderedCase = readonly [
  name: string,
  run: (place: Place) => Promise<void>,
];
