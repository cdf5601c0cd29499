export interface PullOptions {
  /** Credentials as `podman login --authfile` writes them; without it the store's own. */
  readonly authFile: string | undefined;
  readonly signal: AbortSignal;
}

/** A store of container images. Names have a tag or a digest. */
export interface ImageStore {
  /** Whether it can be asked now; one that a service keeps cannot until that runs. */
  isAtHand(): Promise<boolean>;
  /** The id of each image by every name it can be asked for. */
  ids(): Promise<ReadonlyMap<string, string>>;
  has(name: string): Promise<boolean>;
  pull(name: string, options: PullOptions): Promise<void>;
  /** Makes what was pulled outlive a power cut: stores put their records on disk at once, but not what they record. */
  flush(): Promise<void>;
  /**
   * Removes layers that belong to no image and are older than this boot: a pull that a power cut ended leaves them, and
   * the next pull would take them for whole though parts of them may never have reached the disk.
   */
  removeAbandonedLayers(): Promise<void>;
  /** Gives an image one more name; takes that name from the image that had it. */
  tag(image: string, name: string): Promise<void>;
  /** Removes names, and each image with its last one. What a running container uses stays; what is not there is fine. */
  remove(names: readonly string[]): Promise<void>;
}
