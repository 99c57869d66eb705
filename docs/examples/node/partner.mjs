// The connection to one partner: mutual TLS, a token on every call, and errors with the reason the partner gives.
// exchange-format.md, sections "TLS", "Tokens" and "Answers".

import { X509Certificate, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { checkServerIdentity } from 'node:tls';
import { promisify } from 'node:util';
import * as grpc from '@grpc/grpc-js';
import * as protoLoader from '@grpc/proto-loader';
import { SignJWT } from 'jose';
import { sha256 } from './seal.mjs';

const PROTOS = fileURLToPath(new URL('../../../protos', import.meta.url));
const SECONDS = { DescribeGateway: 10, CheckMaterials: 30, DeliverEnvelopes: 30, PutMaterial: 300 };
const TOKEN_SECONDS = 300;
const RENEW_SECONDS = 60;

const definition = protoLoader.loadSync('tongban/exchange/v1/exchange_service.proto', {
  includeDirs: [PROTOS],
  longs: String,
  enums: String,
  arrays: true,
  oneofs: true,
});
const v1 = grpc.loadPackageDefinition(definition).tongban.exchange.v1;

/** Serialises and reads single messages: what is sealed are bytes, not an object. */
export const message = (name) => definition[`tongban.exchange.v1.${name}`];

// google.rpc.Status, the envelope of error details in gRPC.
const rpcStatus = protoLoader.fromJSON({
  nested: {
    Any: { fields: { typeUrl: { type: 'string', id: 1 }, value: { type: 'bytes', id: 2 } } },
    Status: {
      fields: {
        code: { type: 'int32', id: 1 },
        message: { type: 'string', id: 2 },
        details: { rule: 'repeated', type: 'Any', id: 3 },
      },
    },
  },
}).Status;

/** A failed call; `problem` is what the partner says about it, undefined when it says nothing. */
export class CallFailed extends Error {
  constructor(error, method) {
    super(`${method}: ${error.details || error.message}`);
    this.code = grpc.status[error.code];
    this.problem = problemIn(error.metadata);
  }
}

export class Partner {
  #token;
  #tokenUntil = 0;

  /**
   * @param own     {region, certificate, privateKey, tokenKey}: PEM texts and a key as `ownKey` returns it
   * @param partner {region, address, serverName?, roots}: code, host:port, name in the certificate, PEM text
   */
  constructor(own, partner) {
    this.own = own;
    this.partner = partner;
    this.fingerprint = sha256(new X509Certificate(own.certificate).raw).toString('base64url');
    const credentials = grpc.credentials.createSsl(
      Buffer.from(partner.roots),
      Buffer.from(own.privateKey),
      Buffer.from(own.certificate),
      { checkServerIdentity: (host, certificate) => checkServer(host, certificate, partner.region) },
    );
    const named = partner.serverName
      ? { 'grpc.ssl_target_name_override': partner.serverName, 'grpc.default_authority': partner.serverName }
      : {};
    this.client = new v1.ExchangeService(partner.address, credentials, { 'grpc.enable_retries': 0, ...named });
  }

  async call(method, request) {
    const call = promisify(this.client[method]).bind(this.client);
    try {
      return await call(request, await this.#metadata(), { deadline: deadline(method) });
    } catch (error) {
      throw new CallFailed(error, method);
    }
  }

  /** Uploads one material from an offset on; resolves to what the partner has then. */
  async put(header, chunks) {
    const metadata = await this.#metadata();
    return new Promise((resolve, reject) => {
      const answered = (error, response) =>
        error ? reject(new CallFailed(error, 'PutMaterial')) : resolve(response.standing);
      const upload = this.client.PutMaterial(metadata, { deadline: deadline('PutMaterial') }, answered);
      upload.on('error', () => {}); // the callback tells
      upload.write({ header });
      for (const chunk of chunks) upload.write({ chunk });
      upload.end();
    });
  }

  close() {
    this.client.close();
  }

  async #metadata() {
    const metadata = new grpc.Metadata();
    metadata.set('authorization', `Bearer ${await this.#currentToken()}`);
    return metadata;
  }

  async #currentToken() {
    const now = Math.floor(Date.now() / 1000);
    if (now >= this.#tokenUntil - RENEW_SECONDS) {
      const { kid, algorithm, privateKey } = this.own.tokenKey;
      this.#tokenUntil = now + TOKEN_SECONDS;
      this.#token = await new SignJWT({ cnf: { 'x5t#S256': this.fingerprint } })
        .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid })
        .setIssuer(`tongban:${this.own.region}`)
        .setAudience(`tongban:${this.partner.region}`)
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(this.#tokenUntil)
        .setJti(randomUUID())
        .sign(privateKey);
    }
    return this.#token;
  }
}

// The host name is not enough: any region's certificate could hold it. The certificate must name the partner.
function checkServer(host, certificate, region) {
  const uris = (certificate.subjectaltname ?? '').split(', ').filter((name) => name.startsWith('URI:tongban:'));
  if (uris.length !== 1 || uris[0] !== `URI:tongban://region/${region}`) {
    return new Error(`the server's certificate does not name region ${region}`);
  }
  return checkServerIdentity(host, certificate);
}

function deadline(method) {
  return new Date(Date.now() + SECONDS[method] * 1000);
}

function problemIn(metadata) {
  const [details] = metadata?.get('grpc-status-details-bin') ?? [];
  if (!details) return undefined;
  const found = rpcStatus
    .deserialize(details)
    .details.find(({ typeUrl }) => typeUrl.endsWith('/tongban.exchange.v1.Problem'));
  return found && message('Problem').deserialize(found.value);
}
