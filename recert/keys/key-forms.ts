import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readPrivateKey, readPublicKey } from '../codec/der/index.ts';

/** The DER structure a private key stood in; its PEM label is another matter (OpenShift mixes them). */
export type PrivateForm = 'pkcs1' | 'pkcs8' | 'sec1';
export type PublicForm = 'spki' | 'pkcs1';

/**
 * Reads a private key's DER by what it holds, not by what its label says.
 *
 * @throws CodecError or OpenSSL's error when it is none
 */
export function openPrivateKey(der: Uint8Array): { readonly key: KeyObject; readonly form: PrivateForm } {
  const { form } = readPrivateKey(der);
  return { key: createPrivateKey({ key: Buffer.from(der), format: 'der', type: form }), form };
}

/** Reads a public key's DER likewise: `RSA PUBLIC KEY` holds PKCS#1 or, from OpenShift, SubjectPublicKeyInfo. */
export function openPublicKey(der: Uint8Array): { readonly key: KeyObject; readonly form: PublicForm } {
  const { form } = readPublicKey(der);
  return { key: createPublicKey({ key: Buffer.from(der), format: 'der', type: form }), form };
}

/**
 * A private key in the form its predecessor had; a form its type cannot take (after use-key changed the type) becomes
 * PKCS#8.
 */
export function writePrivateKey(
  key: KeyObject,
  form: PrivateForm,
): { readonly der: Uint8Array; readonly form: PrivateForm } {
  const fits =
    (form === 'pkcs1' && key.asymmetricKeyType === 'rsa') ||
    (form === 'sec1' && key.asymmetricKeyType === 'ec') ||
    form === 'pkcs8';
  const used = fits ? form : 'pkcs8';
  return { der: key.export({ type: used, format: 'der' } as { type: 'pkcs8'; format: 'der' }), form: used };
}

/** A public key in the form its predecessor had. */
export function writePublicKey(
  key: KeyObject,
  form: PublicForm,
): { readonly der: Uint8Array; readonly form: PublicForm } {
  const used = form === 'pkcs1' && key.asymmetricKeyType !== 'rsa' ? 'spki' : form;
  return { der: key.export({ type: used, format: 'der' }), form: used };
}
