// Seals: what is signed, with which key, and how a signature is checked. exchange-format.md, section "Sealing".

import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';

export const ENVELOPE = 'application/vnd.tongban.exchange.v1.envelope+protobuf';
export const RECEIPTS = 'application/vnd.tongban.exchange.v1.receipts+protobuf';

/** The bytes that are signed: DSSE pre-authentication encoding; lengths in bytes, decimal. */
export function preAuthenticationEncoding(payloadType, payload) {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}

/** Reads an own private key (PEM). The key decides on the algorithm; the kid is its RFC 7638 thumbprint. */
export async function ownKey(pem) {
  const privateKey = createPrivateKey(pem);
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
  return { privateKey, kid: await calculateJwkThumbprint(jwk, 'sha256'), algorithm: algorithmOf(privateKey) };
}

/** Reads a partner's registered keys (a JWK set) and keeps those registered for seals, by their kid. */
export async function sealKeysOf(jwks) {
  const keys = new Map();
  for (const { kid, use, alg, kty, crv, x, y } of jwks.keys) {
    const jwk = kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x };
    if ((await calculateJwkThumbprint(jwk, 'sha256')) !== kid) throw new Error(`kid ${kid} is not the key's thumbprint`);
    if (use === 'seal') keys.set(kid, { kid, algorithm: alg, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) });
  }
  return keys;
}

/** Seals a payload. ECDSA signatures are DER here, unlike those of tokens. */
export function seal(key, payloadType, payload) {
  const signed = preAuthenticationEncoding(payloadType, payload);
  const sig =
    key.algorithm === 'EdDSA'
      ? sign(null, signed, key.privateKey)
      : sign('sha256', signed, { key: key.privateKey, dsaEncoding: 'der' });
  return { payload, payloadType, signatures: [{ sig, keyid: key.kid }] };
}

/** Returns the kid that proves a seal. Throws unless a registered key does, and when a registered key does not verify. */
export function proofOf(sealed, expectedType, keys) {
  if (sealed.payloadType !== expectedType) throw new Error(`payload type is ${sealed.payloadType}`);
  if (sealed.signatures.length < 1 || sealed.signatures.length > 4) throw new Error('there must be 1 to 4 signatures');
  const signed = preAuthenticationEncoding(sealed.payloadType, sealed.payload);
  const known = sealed.signatures.filter(({ keyid }) => keys.has(keyid));
  if (known.length === 0) throw new Error('no signature is by a registered key');
  for (const { sig, keyid } of known) {
    const { algorithm, publicKey } = keys.get(keyid);
    const right =
      algorithm === 'EdDSA'
        ? verify(null, signed, publicKey, sig)
        : verify('sha256', signed, { key: publicKey, dsaEncoding: 'der' }, sig);
    if (!right) throw new Error(`the signature by ${keyid} is wrong`);
  }
  return known[0].keyid;
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

function algorithmOf(key) {
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA';
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails.namedCurve === 'prime256v1') return 'ES256';
  throw new Error('a key is Ed25519 or P-256');
}
