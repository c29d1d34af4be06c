import {describe, expect, test} from 'vitest';
import {parseChecksum} from '../../../source/finish/checksum.ts';

describe('a checksum names its algorithm', () => {
	test.each([
		[`sha256:${'a'.repeat(64)}`, 'sha256'],
		[`SHA-256:${'A'.repeat(64)}`, 'sha256'],
		[`sha1:${'0'.repeat(40)}`, 'sha1'],
		[`sha512:${'0'.repeat(128)}`, 'sha512'],
		[`md5:${'0'.repeat(32)}`, 'md5'],
	])('%s', (text, algorithm) => {
		expect(parseChecksum(text)?.algorithm).toBe(algorithm);
	});

	test.each([
		'',
		'sha256:',
		'sha256:xyz',
		`sha256:${'a'.repeat(63)}`,
		`md4:${'0'.repeat(32)}`,
		'a'.repeat(64),
		'constructor:00',
	])('%j is none', text => {
		expect(parseChecksum(text)).toBeUndefined();
	});
});
