// Delivers one case to a partner: announce and upload its material, seal, deliver, check the signed receipt, and send
// the same bytes again to see the same answer. Usage: node deliver.mjs config.json
// Prints one line of JSON. Exit code 0: accepted and repeated alike; 1: anything else.

import { mkdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { newCaseNumber, newId, timestamp } from './numbers.mjs';
import { CallFailed, Partner, message } from './partner.mjs';
import { ENVELOPE, RECEIPTS, ownKey, proofOf, seal, sealKeysOf, sha256 } from './seal.mjs';

const NEEDED = ['rpc/DescribeGateway', 'rpc/CheckMaterials', 'rpc/PutMaterial', 'rpc/DeliverEnvelopes'];
const CHUNK = 256 * 1024;
const TRIES = 5;

async function main(configFile) {
  const folder = dirname(resolve(configFile));
  const read = (name, encoding = 'utf8') => readFileSync(resolve(folder, name), encoding);
  const config = JSON.parse(read(configFile));
  const sealKey = await ownKey(read(config.sealKey));
  const partnerKeys = await sealKeysOf(JSON.parse(read(config.partner.keys)));
  const own = {
    region: config.region,
    certificate: read(config.certificate),
    privateKey: read(config.privateKey),
    tokenKey: await ownKey(read(config.tokenKey)),
  };
  const partner = new Partner(own, { ...config.partner, roots: read(config.partner.roots) });
  try {
    // 1 What does the partner serve?
    const { description } = await partner.call('DescribeGateway', { exchangeMinor: 0 });
    const lacking = NEEDED.filter((feature) => !description.features.includes(feature));
    if (lacking.length) throw new Error(`the partner does not serve ${lacking.join(', ')}`);

    // 2 The case, with one file as its material.
    const now = new Date();
    const caseId = newCaseNumber(config.region, now);
    const content = read(config.material.file, null);
    const newCase = { ...JSON.parse(read(config.case)), receivedAtWindow: timestamp(now) };
    newCase.materials = [
      {
        materialId: config.material.id,
        name: config.material.name,
        file: {
          sha256: sha256(content),
          size: content.length,
          mediaType: config.material.mediaType,
          fileName: config.material.fileName,
        },
        originalSeen: true,
        version: 1,
      },
    ];

    // 3 The file goes first.
    const uploaded = await bringMaterial(partner, caseId, newCase, content);

    // 4 Seal once, keep the bytes, and only then send them.
    const envelope = {
      envelopeId: newId(now),
      exchangeMinor: 0,
      senderRegion: config.region,
      recipientRegion: config.partner.region,
      caseId,
      sequence: 1,
      sealedAt: timestamp(now),
      expiresAt: timestamp(new Date(now.getTime() + Number(description.limits.envelopeLife.seconds) * 1000)),
      newCase,
    };
    const payload = message('Envelope').serialize(envelope);
    const sealed = seal(sealKey, ENVELOPE, payload);
    await keep(resolve(folder, config.outbox), envelope.envelopeId, message('SealedEnvelope').serialize(sealed));

    // 5 Deliver, and believe the receipt only when it is proven.
    const first = await deliver(partner, sealed);
    const { receipt, keyid } = receiptFor(envelope, payload, first, partnerKeys, config);

    // 6 The same bytes again: the first answer, byte for byte.
    const again = await deliver(partner, sealed);
    const repeatIdentical = serialised(first).equals(serialised(again));

    const accepted = receipt.outcome === 'RECEIPT_OUTCOME_ACCEPTED';
    return {
      ok: accepted && repeatIdentical,
      caseId,
      envelopeId: envelope.envelopeId,
      payloadSha256: sha256(payload).toString('hex'),
      outcome: receipt.outcome,
      caseVersion: receipt.caseVersion,
      refusal: receipt.refusal?.reason,
      findings: receipt.refusal?.findings,
      receiptSignedBy: keyid,
      repeatIdentical,
      uploadedBytes: uploaded,
      partner: { region: description.region, software: description.software },
    };
  } finally {
    partner.close();
  }
}

async function bringMaterial(partner, caseId, newCase, content) {
  const digest = sha256(content);
  const { standings } = await partner.call('CheckMaterials', {
    caseId,
    basicCode: newCase.item.basicCode,
    mode: newCase.mode,
    originDivision: newCase.origin.division,
    handlerDivision: newCase.handler.division,
    materials: [{ sha256: digest, size: content.length }],
  });
  let [standing] = standings;
  let uploaded = 0;
  for (let tries = 0; !standing.complete; tries += 1) {
    if (tries === TRIES) throw new Error('the upload makes no progress');
    const offset = Number(standing.offset ?? 0);
    const chunks = [];
    for (let at = offset; at < content.length; at += CHUNK) chunks.push(content.subarray(at, at + CHUNK));
    standing = await partner.put({ caseId, sha256: digest, offset }, chunks);
    uploaded += content.length - offset;
  }
  return uploaded;
}

// A retriable answer: the same bytes, later. Anything else that is no receipt needs a person.
async function deliver(partner, sealed) {
  for (let tries = 1; ; tries += 1) {
    try {
      const response = await partner.call('DeliverEnvelopes', { envelopes: [sealed] });
      const { problem } = response.answers[0];
      if (!problem) return response.receiptBatches[response.answers[0].receiptBatchIndex];
      if (problem.answerClass !== 'ANSWER_CLASS_RETRIABLE' || tries === TRIES) throw new NoReceipt(problem);
    } catch (error) {
      const retriable = error instanceof CallFailed && (error.problem?.answerClass ?? 'ANSWER_CLASS_RETRIABLE');
      if (retriable !== 'ANSWER_CLASS_RETRIABLE' || tries === TRIES) throw error;
    }
    await pause(500 * 2 ** tries);
  }
}

function receiptFor(envelope, payload, batchSealed, keys, config) {
  const keyid = proofOf(batchSealed, RECEIPTS, keys);
  const batch = message('ReceiptBatch').deserialize(batchSealed.payload);
  if (batch.issuerRegion !== config.partner.region || batch.senderRegion !== config.region) {
    throw new Error('the receipts are not from that partner for this region');
  }
  const receipt = batch.receipts.find(({ envelopeId }) => envelopeId === envelope.envelopeId);
  if (!receipt) throw new Error('the batch holds no receipt for this envelope');
  if (!sha256(payload).equals(receipt.payloadSha256)) throw new Error('the receipt is for other bytes');
  return { receipt, keyid };
}

async function keep(folder, envelopeId, bytes) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = await open(resolve(folder, `${envelopeId}.sealed`), 'wx', 0o600);
  await file.writeFile(bytes);
  await file.sync();
  await file.close();
}

const serialised = (sealed) => message('SealedEnvelope').serialize(sealed);

class NoReceipt extends Error {
  constructor(problem) {
    super(`${problem.reason}: ${problem.causeEn}`);
    this.problem = problem;
  }
}

try {
  const result = await main(process.argv[2]);
  console.log(JSON.stringify(result));
  process.exitCode = result.ok ? 0 : 1;
} catch (error) {
  const { reason, answerClass, causeZh, causeEn, fixZh, fixEn } = error.problem ?? {};
  const problem = error.problem && { reason, answerClass, causeZh, causeEn, fixZh, fixEn };
  console.log(JSON.stringify({ ok: false, error: error.message, status: error.code, problem }));
  process.exitCode = 1;
}
