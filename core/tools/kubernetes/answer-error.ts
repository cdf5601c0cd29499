import { z } from 'zod';
import { withoutSecrets } from '../../contract/secrets.ts';
import { KubernetesError, type KubernetesErrorCode } from './kubernetes-error.ts';

/** `Status`, as API servers answer with whatever is not the object asked for. */
const statusObject = z.looseObject({
  kind: z.literal('Status'),
  code: z.number().nullish(),
  reason: z.string().nullish(),
  message: z.string().nullish(),
});

const BY_HTTP: Readonly<Record<number, KubernetesErrorCode>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  410: 'gone',
  415: 'invalid',
  422: 'invalid',
  429: 'unavailable',
};
const REMEDY: Readonly<Partial<Record<KubernetesErrorCode, string>>> = {
  unauthorized: 'The client certificate or token in the kubeconfig is not (or no longer) valid.',
  forbidden: "Give lca's user the roles in images/bundle/rbac.",
};

/**
 * An answer that is not a success, as an error.
 *
 * @param description what was asked for, in an operator's words
 * @param status HTTP status, or the `code` of a `Status` that came in a watch
 */
export function answerError(description: string, status: number, body: string): KubernetesError {
  const said = statusOf(body);
  const code =
    said?.reason === 'AlreadyExists'
      ? 'already-exists'
      : (BY_HTTP[status] ?? (status >= 500 ? 'unavailable' : 'refused'));
  // plain text may be anybody's: a proxy's page, a stack trace
  const answer = withoutSecrets(said?.message ?? firstLine(body)).slice(0, 1000);
  const clause = answer === '' ? `it answered ${status}` : answer.replace(/\.$/, '');
  const remedy = REMEDY[code];
  return new KubernetesError(code, `The Kubernetes API refused to ${description}: ${clause}.`, {
    answer,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

function statusOf(body: string): z.output<typeof statusObject> | undefined {
  try {
    return statusObject.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

function firstLine(body: string): string {
  return (body.trim().split('\n')[0] ?? '').slice(0, 200);
}
