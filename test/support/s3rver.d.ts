declare module '@20minutes/s3rver' {
  interface Options {
    readonly address: string;
    readonly port: number;
    readonly directory: string;
    readonly silent: boolean;
    readonly vhostBuckets: boolean;
    readonly key: string;
    readonly cert: string;
    readonly configureBuckets: readonly { readonly name: string }[];
  }
  /** An S3 server that keeps its objects in a directory; its key pair is S3RVER, S3RVER. */
  export default class S3rver {
    constructor(options: Options);
    run(): Promise<{ readonly port: number }>;
    close(): Promise<void>;
  }
}
