import { type ErrorDetails, LcaError } from '../../core/errors/lca-error.ts';

/** The formats the codecs read, as an error names them. */
export type CodecFormat =
  | 'DER'
  | 'PEM'
  | 'protobuf'
  | 'JSON'
  | 'YAML'
  | 'CBOR'
  | 'base64'
  | 'data URL'
  | 'gzip'
  | 'JWT'
  | 'UTF-8'
  | 'encryption'
  | 'location';

/**
 * - `malformed`: the input breaks the format's own rules
 * - `truncated`: the input ends in the middle of something
 * - `unsupported`: well-formed, but a form that is refused on purpose (indefinite DER lengths, kms providers, …)
 * - `too-deep`: nested deeper than any honest input
 * - `not-found`: the path to edit leads nowhere
 * - `ambiguous`: the path to edit leads to several places
 * - `invalid-path`: the path itself cannot be read
 * - `invalid-value`: the new value cannot stand at that place
 * - `overlap`: two edits touch the same bytes
 * - `irreversible`: an edit would change more than what it means
 * - `not-utf8`: bytes that should be text are not
 * - `unknown-kind`: a protobuf object of a kind without a table of field numbers
 * - `wrong-key`: an encrypted value that none of the given keys opens
 */
export type CodecErrorCode =
  | 'malformed'
  | 'truncated'
  | 'unsupported'
  | 'too-deep'
  | 'not-found'
  | 'ambiguous'
  | 'invalid-path'
  | 'invalid-value'
  | 'overlap'
  | 'irreversible'
  | 'not-utf8'
  | 'unknown-kind'
  | 'wrong-key';

export interface CodecErrorDetails extends ErrorDetails {
  readonly format: CodecFormat;
  /** Where in the input: bytes, or UTF-16 units of a string. */
  readonly offset?: number;
  /** The path inside the input, in its format's own path language. */
  readonly path?: string;
}

/** Bytes or text that cannot be read or edited as asked. The message says where, never what stood there. */
export class CodecError extends LcaError<CodecErrorCode> {
  readonly format: CodecFormat;
  readonly offset: number | undefined;
  readonly path: string | undefined;

  /** @param what a sentence without its subject's place: `the length runs past the end` */
  constructor(code: CodecErrorCode, what: string, details: CodecErrorDetails) {
    const places = [
      details.path === undefined ? '' : ` at ${details.path}`,
      details.offset === undefined ? '' : ` (offset ${details.offset})`,
    ];
    super(code, `${details.format}${places.join('')}: ${what}.`, details);
    this.format = details.format;
    this.offset = details.offset;
    this.path = details.path;
  }
}
