import {describe, expect, test} from 'vitest';
import {diskFailure, lineFailure} from '../../../../source/providers/http/failures.ts';

describe('faults of the line', () => {
	test.for([
		['ECONNREFUSED', 'connection-refused'],
		['ENOTFOUND', 'name-not-resolved'],
		['EAI_AGAIN', 'no-network'],
		['ENETUNREACH', 'no-network'],
		['ETIMEDOUT', 'timeout'],
		['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
		['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
		['UND_ERR_BODY_TIMEOUT', 'stalled'],
		['ECONNRESET', 'connection-lost'],
		['UND_ERR_SOCKET', 'connection-lost'],
		['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'connection-lost'],
		['HPE_INVALID_EOF_STATE', 'connection-lost'],
		['HPE_INVALID_CONSTANT', 'server-error'],
		['UND_ERR_HEADERS_OVERFLOW', 'server-error'],
		['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
		['CERT_HAS_EXPIRED', 'tls'],
		['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
		['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
		['Z_DATA_ERROR', 'server-error'],
		['SOMETHING_NEW', 'connection-lost'],
	] as const)('%s is told as %s', ([code, failure]) => {
		expect(lineFailure({code, message: 'x'})).toMatchObject({code: failure, detail: `${code}: x`});
	});

	test('show no credentials', () => {
		const message = 'connect http://user:hunter2@h/a?token=abc failed';
		expect(JSON.stringify(lineFailure({code: '', message}))).not.toMatch(/hunter2|abc/);
	});
});

describe('faults of the disk', () => {
	test.for([
		['ENOSPC', 'disk-full'],
		['EDQUOT', 'disk-full'],
		['EACCES', 'permission-denied'],
		['EROFS', 'permission-denied'],
		['ENOENT', 'volume-missing'],
		['EFBIG', 'unsupported'],
		['EWHATEVER', 'internal'],
	] as const)('%s is told as %s', ([code, failure]) => {
		expect(diskFailure(Object.assign(new Error('x'), {code}))).toMatchObject({code: failure});
	});
});
