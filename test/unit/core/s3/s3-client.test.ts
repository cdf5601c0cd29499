import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { S3Client } from '../../../../core/tools/s3/s3-client.ts';
import { S3Error } from '../../../../core/tools/s3/s3-error.ts';
import { playedAccess } from '../../../support/s3-access.ts';

interface Answer {
  readonly status?: number;
  readonly body: string;
}

/** A client of a server that gives these answers, one after another, and the questions it was asked. */
async function clientOf(t: ExecutionContext, ...answers: readonly Answer[]) {
  const asked: string[] = [];
  let at = 0;
  const server = createServer((request: IncomingMessage, response) => {
    const { status = 200, body } = answers[Math.min(at, answers.length - 1)] as Answer;
    at += 1;
    text(request).then(
      (said) => {
        asked.push(`${request.method} ${request.url} ${said}`.trim());
        response.writeHead(status, { etag: '"tag"' }).end(body);
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const client = new S3Client(
    { ...playedAccess(port), encryption: { 'x-amz-server-side-encryption': 'AES256' } },
    { sleep: async () => undefined, signal: new AbortController().signal },
  );
  t.teardown(() => client.close());
  return { client, asked };
}

const page = (keys: readonly string[], token = '') =>
  `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${token !== ''}</IsTruncated>${
    token === '' ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`
  }${keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')}<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes></ListBucketResult>`;
const refusal = (code: string) => `<Error><Code>${code}</Code><Message>words</Message></Error>`;

test('A listing is read page by page, and names come back as they are', async (t) => {
  const { client, asked } = await clientOf(
    t,
    { body: page(['a%20b', 'c%26d'], 'next/+=') },
    { body: page(['e']) },
  );
  t.deepEqual(await client.list('', '/'), ['a b', 'c&d', 'p/', 'e', 'p/']);
  t.regex(asked[1] ?? '', /continuation-token=next%2F%2B%3D/);
});

test('A server that is busy is asked again, and one that refuses is not', async (t) => {
  const busy = await clientOf(
    t,
    { status: 503, body: refusal('SlowDown') },
    { status: 500, body: '' },
    { status: 204, body: '' },
  );
  await busy.client.remove('x');
  t.is(busy.asked.length, 3);
  const skewed = await clientOf(t, { status: 403, body: refusal('RequestTimeTooSkewed') });
  const error = await t.throwsAsync(skewed.client.remove('x'), { instanceOf: S3Error });
  t.is(error.code, 'clock-skewed');
  t.is(skewed.asked.length, 1);
  const down = await clientOf(t, { status: 503, body: '' });
  t.is((await t.throwsAsync(down.client.remove('x'), { instanceOf: S3Error })).code, 'unavailable');
});

test('A completion that fails after the status has said 200 is a failure, and the upload is given up', async (t) => {
  const begun = {
    body: '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
  };
  const { client, asked } = await clientOf(
    t,
    begun,
    { body: '' },
    { body: '' },
    { body: refusal('InvalidPart') },
  );
  const error = await t.throwsAsync(client.put('x', new Uint8Array(9 * 1024 * 1024)), {
    instanceOf: S3Error,
  });
  t.is(error.code, 'refused');
  t.regex(error.message, /^Could not complete x: .* answered InvalidPart\.$/);
  t.deepEqual(
    asked.map((line) => line.slice(0, 30).replace(/\0+$/, '')).filter((line) => !line.startsWith('PUT')),
    ['POST /site/x?uploads=', 'POST /site/x?uploadId=u <Compl', 'DELETE /site/x?uploadId=u'],
  );
});
