// Co-operation numbers and ids. exchange-format.md, sections "Numbers" and "Envelopes".

import { randomBytes, randomInt } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const SHANGHAI = 8 * 3600 * 1000;

/** A new co-operation number (协同编号) of the gateway with this code. */
export function newCaseNumber(region, now) {
  const day = new Date(now.getTime() + SHANGHAI).toISOString().slice(0, 10).replaceAll('-', '');
  const chance = Array.from({ length: 12 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  const body = `TB${region}${day}${chance}`;
  return body + checkCharacter(body);
}

/** The check character over the 28 characters before it: weights 3^i mod 31, total 0 mod 31. */
export function checkCharacter(body) {
  let total = 0;
  let weight = 1;
  for (const character of body) {
    total += ALPHABET.indexOf(character) * weight;
    weight = (weight * 3) % 31;
  }
  return ALPHABET[(31 - (total % 31)) % 31];
}

/** A UUIDv7 (RFC 9562, section 5.7) in lower case. */
export function newId(now) {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now.getTime(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** google.protobuf.Timestamp of a moment. */
export function timestamp(moment) {
  const milliseconds = moment.getTime();
  return { seconds: Math.floor(milliseconds / 1000), nanos: (milliseconds % 1000) * 1_000_000 };
}
