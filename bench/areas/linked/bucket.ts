/** How many tokens there are at most, and how many come back in a millisecond. */
export interface BucketLimit {
  readonly burst: number;
  readonly rate: number;
}

/** What can be asked for a token. */
export interface Bucket {
  tryTake(): boolean;
}
