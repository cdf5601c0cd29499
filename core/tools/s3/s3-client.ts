import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { OutagePatience } from '../outage-patience.ts';
import { type Bearing, isWorthAnother } from './another-try.ts';
import { connectionError } from './connection-error.ts';
import { partsOf } from './parts.ts';
import type { S3Access } from './s3-access.ts';
import { answerError, isPassing, textsOf, textsWithin } from './s3-answer.ts';
import { S3Error } from './s3-error.ts';
import { type Call, signedRequest } from './signed-request.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** Without a byte from the other side. */
const SILENCE_MS = 30_000;

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What is made of an answer: it is taken, or these are the server's words. */
type Take<Taken> = (
  response: IncomingMessage,
) => Promise<{ readonly taken: Taken } | { readonly refused: string }>;

/** Bounds of one call; default: the client's. */
interface Limits extends Bearing {
  readonly signal?: AbortSignal;
}

export interface S3ClientOptions {
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** How long reading an object bears that nobody answers, or that the clock is not set yet, beyond the usual tries. */
  readonly readPatience?: OutagePatience;
}

/**
 * A bucket of an S3 server: what backups need of it. What breaks off is tried again, each part and each piece by itself.
 * All methods throw `S3Error`; an aborted signal's reason is thrown as it is.
 */
export class S3Client {
  readonly #access: S3Access;
  readonly #options: S3ClientOptions;
  readonly #base: URL;
  readonly #agent: PlainAgent;

  constructor(access: S3Access, options: S3ClientOptions) {
    this.#access = access;
    this.#options = options;
    this.#base = new URL(access.endpoint);
    if (!access.pathStyle) this.#base.hostname = `${access.bucket}.${this.#base.hostname}`;
    const kept = { keepAlive: true, maxSockets: 4, timeout: SILENCE_MS };
    this.#agent =
      this.#base.protocol === 'https:'
        ? new TlsAgent({
            ...kept,
            ca: [...rootCertificates, ...access.trusted],
            rejectUnauthorized: !access.insecureSkipVerify,
          })
        : new PlainAgent(kept);
  }

  /** `https://s3.example/bucket`, for messages. */
  get address(): string {
    return `${new URL(this.#access.endpoint).origin}/${this.#access.bucket}`;
  }

  /** Stores an object of any length, in parts if it is long; it is there whole or not at all. */
  async put(key: string, data: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    const description = `store ${key}`;
    const parts = partsOf(data);
    const first = await parts.next();
    const second = await parts.next();
    const bytes = first.done === true ? new Uint8Array() : first.value;
    if (second.done === true) {
      await this.#send({
        method: 'PUT',
        key,
        headers: this.#access.encryption,
        body: bytes,
        description,
      });
      return;
    }
    const begun = await this.#send({
      method: 'POST',
      key,
      query: { uploads: '' },
      headers: this.#access.encryption,
      description,
    });
    const uploadId = textsOf(begun.body, 'UploadId')[0] ?? '';
    try {
      const tags = [await this.#putPart(key, uploadId, 1, bytes)];
      tags.push(await this.#putPart(key, uploadId, 2, second.value));
      for await (const part of parts) tags.push(await this.#putPart(key, uploadId, tags.length + 1, part));
      await this.#completeUpload(key, uploadId, tags);
    } catch (error) {
      // what is left of it would cost money for ever
      await this.#send(
        { method: 'DELETE', key, query: { uploadId }, description: `give up storing ${key}` },
        { signal: AbortSignal.timeout(SILENCE_MS), tries: 2 },
      ).catch(() => undefined);
      throw error;
    }
  }

  /** The object's bytes as they come. After a broken connection it goes on where it was, with the same object. */
  async *get(key: string): AsyncGenerator<Buffer> {
    const description = `read ${key}`;
    let done = 0;
    let etag: string | undefined;
    for (let broken = 0; ; ) {
      const resumed = etag === undefined ? {} : { range: `bytes=${done}-`, 'if-match': etag };
      const response = await this.#open({ method: 'GET', key, headers: resumed, description });
      if (etag !== undefined && (response.headers.etag !== etag || response.statusCode !== 206)) {
        response.destroy();
        const { origin } = new URL(this.#access.endpoint);
        throw new S3Error(
          'changed',
          `Could not ${description}: it was replaced in the S3 server at ${origin} while it was being read.`,
        );
      }
      etag ??= response.headers.etag ?? '';
      try {
        for await (const chunk of response as AsyncIterable<Buffer>) {
          done += chunk.length;
          broken = 0;
          this.#options.readPatience?.ended();
          yield chunk;
        }
        return;
      } catch (cause) {
        this.#options.signal.throwIfAborted();
        broken += 1;
        const failure = this.#unreachable(description, cause);
        const { readPatience: patience } = this.#options;
        if (etag === '' || !(await isWorthAnother(failure, broken, { patience }))) throw failure;
        await this.#pause(broken);
      }
    }
  }

  /** @returns undefined if there is no such object */
  async read(key: string): Promise<Buffer | undefined> {
    try {
      return Buffer.concat(await Array.fromAsync(this.get(key)));
    } catch (error) {
      if (error instanceof S3Error && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  /** Keys that begin with a prefix; with a delimiter those that go on after it are told once, by what they share. */
  async list(prefix: string, delimiter = ''): Promise<readonly string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const query = {
        'list-type': '2',
        prefix,
        'encoding-type': 'url',
        ...(delimiter === '' ? {} : { delimiter }),
        ...(token === undefined ? {} : { 'continuation-token': token }),
      };
      const { body } = await this.#send({ method: 'GET', query, description: `list ${prefix}*` });
      const isEncoded = textsOf(body, 'EncodingType').length > 0;
      const found = [...textsOf(body, 'Key'), ...textsWithin(body, 'CommonPrefixes', 'Prefix')];
      keys.push(...found.map((key) => (isEncoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key)));
      token =
        textsOf(body, 'IsTruncated')[0] === 'true' ? textsOf(body, 'NextContinuationToken')[0] : undefined;
    } while (token !== undefined);
    return keys;
  }

  /** Nothing there is fine. */
  async remove(key: string): Promise<void> {
    await this.#send({ method: 'DELETE', key, description: `remove ${key}` });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #putPart(key: string, uploadId: string, number: number, body: Uint8Array): Promise<string> {
    const query = { partNumber: String(number), uploadId };
    const answer = await this.#send({
      method: 'PUT',
      key,
      query,
      body,
      description: `store part ${number} of ${key}`,
    });
    return answer.headers.etag ?? '';
  }

  async #completeUpload(key: string, uploadId: string, tags: readonly string[]): Promise<void> {
    const parts = tags
      .map((tag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${tag}</ETag></Part>`)
      .join('');
    const body = Buffer.from(`<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`);
    const description = `complete ${key}`;
    const answer = await this.#send({ method: 'POST', key, query: { uploadId }, body, description });
    // a failure may be told after the status has said 200
    if (answer.body.includes('<Error>')) throw answerError(this.#about(description), 200, answer.body);
  }

  /** One question and its whole answer. */
  #send(call: Call, limits: Limits = {}): Promise<Answer> {
    return this.#ask(call, limits, async (response) => {
      const status = response.statusCode ?? 0;
      const body = await textOf(response);
      const isGood = status >= 200 && status < 300 && !(isPassing(200, body) && body.includes('<Error>'));
      return isGood ? { taken: { status, headers: response.headers, body } } : { refused: body };
    });
  }

  /** The same, handing over the answer while it comes. */
  #open(call: Call): Promise<IncomingMessage> {
    return this.#ask(call, { patience: this.#options.readPatience }, async (response) =>
      response.statusCode === 200 || response.statusCode === 206
        ? { taken: response }
        : { refused: await textOf(response) },
    );
  }

  /** Asks, and asks again while the server is away or says so. */
  async #ask<Taken>(call: Call, limits: Limits, take: Take<Taken>): Promise<Taken> {
    const { signal = this.#options.signal } = limits;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#askOnce(call, signal, take);
      if ('taken' in answer) return answer.taken;
      if (!(await isWorthAnother(answer.failure, attempt, limits))) throw answer.failure;
      await this.#pause(attempt, signal);
    }
  }

  async #askOnce<Taken>(
    call: Call,
    signal: AbortSignal,
    take: Take<Taken>,
  ): Promise<{ readonly taken: Taken } | { readonly failure: S3Error }> {
    try {
      const response = await this.#request(call, signal);
      const answer = await take(response);
      if ('taken' in answer) return answer;
      return {
        failure: answerError(this.#about(call.description), response.statusCode ?? 0, answer.refused),
      };
    } catch (error) {
      signal.throwIfAborted();
      return { failure: this.#unreachable(call.description, error) };
    }
  }

  #request(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    const options = { ...signedRequest(this.#access, this.#base, call), agent: this.#agent, signal };
    return new Promise((resolve, reject) => {
      const request = (this.#base.protocol === 'https:' ? tlsRequest : plainRequest)(options, resolve);
      request.setTimeout(SILENCE_MS, () =>
        request.destroy(new Error(`no answer within ${SILENCE_MS / 1000} s`)),
      );
      request.on('error', reject);
      request.end(call.body);
    });
  }

  #pause(attempt: number, signal: AbortSignal = this.#options.signal): Promise<void> {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
    return this.#options.sleep(pause * (0.5 + Math.random() / 2), signal);
  }

  #about(description: string) {
    return { description, server: new URL(this.#access.endpoint).origin, name: this.#access.name };
  }

  #unreachable(description: string, cause: unknown): S3Error {
    return connectionError(this.#about(description), cause);
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  return Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>)).toString();
}
