import { messageOf } from '../../errors/lca-error.ts';
import { CLOCK_REMEDY, S3Error } from './s3-error.ts';

/** Errors of a certificate check (Node: "TLS: X509 certificate error codes"). */
function isUntrusted(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return (
    code !== undefined &&
    /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)_|ERR_TLS_CERT_|INVALID_CA|HOSTNAME_MISMATCH)/.test(
      code,
    )
  );
}

/** The error that a connection's end stands for. */
export function connectionError(
  about: { readonly description: string; readonly server: string; readonly name: string },
  cause: unknown,
): S3Error {
  const { description, server, name } = about;
  if ((cause as NodeJS.ErrnoException).code === 'CERT_NOT_YET_VALID') {
    return new S3Error(
      'clock-skewed',
      `Could not ${description}: by this node's clock the certificate of the S3 server at ${server} is not valid yet.`,
      { cause, remedy: CLOCK_REMEDY },
    );
  }
  if (isUntrusted(cause)) {
    return new S3Error(
      'not-trusted',
      `Could not ${description}: the certificate of the S3 server at ${server} is not trusted: ${messageOf(cause)}.`,
      { cause, remedy: `Give its authority as spec.objectStorage.caCert of ${name}, base64 of PEM.` },
    );
  }
  return new S3Error(
    'unreachable',
    `Could not ${description}: the S3 server at ${server} (${name}) cannot be reached: ${messageOf(cause)}.`,
    { cause, remedy: 'See that the server runs, and that this node reaches it.' },
  );
}
