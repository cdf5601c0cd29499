import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:http';
import aws4 from 'aws4';
import type { S3Access } from './s3-access.ts';

/** One question to an S3 server. */
export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD';
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** In an operator's words: "store backups/x". */
  readonly description: string;
}

/**
 * A question as it is sent: addressed to the bucket, and signed with its body (AWS Signature Version 4).
 *
 * @param base where the server is; with the bucket in its host name, unless the path holds it
 */
export function signedRequest(
  { bucket, credentials, pathStyle, region }: S3Access,
  base: URL,
  call: Call,
): RequestOptions {
  const key = (call.key ?? '').split('/').map(encodeURIComponent).join('/');
  const root = pathStyle ? `/${bucket}` : '';
  const path = key === '' ? root || '/' : `${root}/${key}`;
  const query = Object.entries(call.query ?? {})
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  const body = call.body ?? new Uint8Array();
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signed = aws4.sign(
    {
      service: 's3',
      region,
      host: base.host,
      method: call.method,
      path: query === '' ? path : `${path}?${query}`,
      headers: {
        ...call.headers,
        'Content-Length': String(body.length),
        'X-Amz-Content-Sha256': createHash('sha256').update(body).digest('hex'),
      },
    },
    { accessKeyId, secretAccessKey, ...(sessionToken === null ? {} : { sessionToken }) },
  );
  return {
    host: base.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: base.port === '' ? (base.protocol === 'https:' ? 443 : 80) : base.port,
    method: call.method,
    path: signed.path ?? path,
    headers: signed.headers ?? {},
  };
}
