import type {Failure, FailureCode} from '../../domain/failure.ts';
import {cleanText, maskSecrets, shorten} from '../../domain/text.ts';
import type {HttpFault} from '../../system/http.ts';

type Row = readonly [pattern: RegExp, code: FailureCode, message: string];

/** Codes of Node 24 (getaddrinfo, connect, OpenSSL) and of undici 8.12, and what they mean. The first that matches wins. */
const lineRows: readonly Row[] = [
	[/^ECONNREFUSED$/, 'connection-refused', 'nothing answers there'],
	[/^(?:ENOTFOUND|EAI_NONAME|EAI_NODATA)$/, 'name-not-resolved', 'the host name is not known'],
	[/^EAI_\w+$/, 'no-network', 'no name server answers'],
	[/^(?:ENETUNREACH|ENETDOWN|EHOSTUNREACH|EHOSTDOWN|EADDRNOTAVAIL)$/, 'no-network', 'there is no route to the server'],
	[/^(?:ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'timeout', 'no connection in time'],
	[/^UND_ERR_HEADERS_TIMEOUT$/, 'timeout', 'no answer in time'],
	[/^UND_ERR_BODY_TIMEOUT$/, 'stalled', 'no bytes arrived for too long'],
	[
		/^(?:HPE_(?!INVALID_EOF_STATE)\w+|UND_ERR_HEADERS_OVERFLOW)$/,
		'server-error',
		'the answer does not follow the rules of HTTP',
	],
	[/^(?:ERR_TLS_\w+|ERR_SSL_\w+|EPROTO|CERT_\w+|\w*CERT\w*|UNABLE_TO_\w+)$/, 'tls', 'no secure connection'],
	[
		/^(?:ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|HPE_INVALID_EOF_STATE)$/,
		'connection-lost',
		'the connection broke before the file was whole',
	],
	[
		/^(?:Z_\w+|ERR_BROTLI\w*|ERR__ERROR_FORMAT\w*|ZSTD\w*)$/,
		'server-error',
		'the server packed the file and the packing is damaged',
	],
	[/^UND_ERR_INVALID_ARG$/, 'bad-request', 'the address or a header cannot be sent'],
];

const diskRows: readonly Row[] = [
	[/^(?:ENOSPC|EDQUOT)$/, 'disk-full', 'no space left for the file'],
	[/^(?:EACCES|EPERM|EROFS|ELOOP)$/, 'permission-denied', 'the folder of the job cannot be written'],
	[/^(?:ENOENT|ENOTDIR|ENODEV|ENXIO|ESTALE|ENOTCONN)$/, 'volume-missing', 'the folder of the job is gone'],
	[/^EFBIG$/, 'unsupported', 'the filesystem cannot hold a file of this size'],
];

/** The failure that a fault of the line means. */
export const lineFailure = (fault: HttpFault): Failure =>
	describe(lineRows, fault, 'connection-lost', 'the connection failed');

/** The failure that an error of the filesystem means. */
export const diskFailure = (error: unknown): Failure =>
	describe(diskRows, faultOf(error), 'internal', 'writing failed');

/** Whether an error comes from the operating system, not from a defect of ours. */
export const isSystemError = (error: unknown): boolean => faultOf(error).code !== '';

/** The failure that an unexpected exception means. */
export const defectFailure = (error: unknown): Failure => describe([], faultOf(error), 'internal', 'unexpected error');

const describe = (rows: readonly Row[], fault: HttpFault, code: FailureCode, message: string): Failure => {
	const row = rows.find(([pattern]) => pattern.test(fault.code));
	const words = [fault.code, fault.message].filter(word => word !== '').join(': ');
	return {code: row?.[1] ?? code, message: row?.[2] ?? message, detail: safeText(words)};
};

/** One line without control characters and secrets, short enough for a log. */
export const safeText = (text: string): string => shorten(maskSecrets(cleanText(text)), 500);

const faultOf = (error: unknown): HttpFault => {
	if (!(error instanceof Error)) return {code: '', message: String(error)};
	return {code: 'code' in error && typeof error.code === 'string' ? error.code : '', message: error.message};
};
