import { CodecError } from '../codec-error.ts';
import { escape, type LensStep, printSteps } from './chain.ts';
import { LENSES, type LensName } from './lens.ts';

/** Where something stands on a node: an etcd key or a file, and the way inside its content. */
export interface Location {
  readonly origin: 'etcd' | 'file';
  /** The etcd key, or the file's absolute path. */
  readonly name: string;
  readonly steps: readonly LensStep[];
}

/** `etcd:/kubernetes.io/secrets/ns/x | protobuf raw.2{tls.crt} | pem 0` */
export function printLocation({ origin, name, steps }: Location): string {
  const head = `${origin}:${escape(name)}`;
  return steps.length === 0 ? head : `${head} | ${printSteps(steps)}`;
}

/**
 * The reverse of {@link printLocation}.
 *
 * @throws CodecError `invalid-path`
 */
export function parseLocation(text: string): Location {
  const [head = '', ...parts] = text.split(' | ');
  const [, origin, name] = /^(etcd|file):(.*)$/s.exec(head) ?? [];
  if (origin === undefined || name === undefined) throw invalid(text);
  return {
    origin: origin as Location['origin'],
    name: unescape(name),
    steps: parts.map((part) => parseStep(part, text)),
  };
}

function parseStep(part: string, text: string): LensStep {
  const blank = part.indexOf(' ');
  const lens = blank === -1 ? part : part.slice(0, blank);
  if (!LENSES.includes(lens as LensName)) throw invalid(text);
  return { lens: lens as LensName, at: blank === -1 ? '' : unescape(part.slice(blank + 1)) };
}

function unescape(text: string): string {
  return text.replaceAll(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function invalid(path: string): CodecError {
  return new CodecError('invalid-path', 'the text is no location', { format: 'location', path });
}
