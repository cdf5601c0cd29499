/** How to reach a bucket, and as whom. */
export interface S3Access {
  /** For messages, where the user can correct it: `BackupStorageLocation site`. */
  readonly name: string;
  /** `https://s3.example:9000` */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  /** `https://host/bucket/key`; otherwise `https://bucket.host/key`. */
  readonly pathStyle: boolean;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string | null;
  };
  /** PEM certificates that are trusted besides those that every program trusts. */
  readonly trusted: readonly string[];
  readonly insecureSkipVerify: boolean;
  /** Headers that ask for encryption at rest; sent when an object is made. */
  readonly encryption: Readonly<Record<string, string>>;
}
