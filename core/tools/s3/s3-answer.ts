import { CLOCK_REMEDY, S3Error, type S3ErrorCode } from './s3-error.ts';

/** The answers of S3 as far as lca reads them (AWS: "Amazon S3 API Reference"). They are flat, so no parser is needed. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

/** The texts of all elements of a name. */
export function textsOf(xml: string, element: string): readonly string[] {
  const pattern = new RegExp(`<${element}>([^<]*)</${element}>`, 'g');
  return [...xml.matchAll(pattern)].map(([, text = '']) =>
    text
      .replaceAll(/&#(x?)([0-9a-fA-F]+);/g, (_, hex: string, digits: string) =>
        String.fromCodePoint(Number.parseInt(digits, hex === '' ? 10 : 16)),
      )
      .replaceAll(/&(lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity] ?? entity),
  );
}

/** The texts of an element inside each element of another name. */
export function textsWithin(xml: string, outer: string, element: string): readonly string[] {
  const pattern = new RegExp(`<${outer}>(.*?)</${outer}>`, 'gs');
  return [...xml.matchAll(pattern)].flatMap(([, inner = '']) => textsOf(inner, element));
}

/** Words of the server that say to ask again. */
const PASSING = ['SlowDown', 'InternalError', 'RequestTimeout', 'ServiceUnavailable', 'OperationAborted'];
const PASSING_STATUS = [429, 500, 502, 503, 504];

export function isPassing(status: number, xml: string): boolean {
  return PASSING_STATUS.includes(status) || PASSING.includes(textsOf(xml, 'Code')[0] ?? '');
}

const BY_WORD: Readonly<Record<string, S3ErrorCode>> = {
  AccessDenied: 'credentials-refused',
  InvalidAccessKeyId: 'credentials-refused',
  SignatureDoesNotMatch: 'credentials-refused',
  ExpiredToken: 'credentials-refused',
  InvalidToken: 'credentials-refused',
  RequestTimeTooSkewed: 'clock-skewed',
  NoSuchBucket: 'no-such-bucket',
  NoSuchKey: 'not-found',
  PreconditionFailed: 'changed',
};

const REMEDIES: Readonly<Partial<Record<S3ErrorCode, string>>> = {
  'credentials-refused': 'Correct the key in the Secret that the BackupStorageLocation names, or its rights.',
  'clock-skewed': CLOCK_REMEDY,
  'no-such-bucket': 'Make the bucket, or correct spec.objectStorage.bucket of the BackupStorageLocation.',
};

/** The error that an answer stands for. */
export function answerError(
  about: { readonly description: string; readonly server: string; readonly name: string },
  status: number,
  xml: string,
): S3Error {
  const word = textsOf(xml, 'Code')[0] ?? '';
  const code: S3ErrorCode =
    BY_WORD[word] ??
    (status === 403 || status === 401
      ? 'credentials-refused'
      : status === 404
        ? 'not-found'
        : isPassing(status, xml)
          ? 'unavailable'
          : 'refused');
  const { description, server, name } = about;
  const spoken = word === '' ? `status ${status}` : word;
  const why =
    code === 'credentials-refused'
      ? `the S3 server at ${server} refuses the credentials of ${name}: ${spoken}`
      : `the S3 server at ${server} (${name}) answered ${spoken}`;
  const remedy = REMEDIES[code];
  return new S3Error(code, `Could not ${description}: ${why}.`, remedy === undefined ? {} : { remedy });
}
