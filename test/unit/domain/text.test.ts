import {describe, expect, test} from 'vitest';
import {cleanText, maskSecrets, shorten} from '../../../source/domain/text.ts';

describe('text of other programs is made safe to show', () => {
	test.each([
		['colours go with their codes', '\u001B[31mred\u001B[0m', 'red'],
		['a title that sets the window title is dropped', '\u001B]0;owned\u0007name', 'name'],
		['an unfinished title sequence ends with the line', '\u001B]0;owned\nERROR: gone', 'ERROR: gone'],
		['device control strings are dropped', 'a\u001BPq#0;secret\u001B\\b', 'ab'],
		['eight-bit control sequences are dropped', 'a\u009B31mb', 'ab'],
		['a character set switch leaves nothing behind', 'a\u001B(Bb', 'ab'],
		['line ends become one space', 'one\r\ntwo\u2028three', 'one two three'],
		['marks that turn the direction of writing go', 'abc\u202Egpj.exe', 'abcgpj.exe'],
		['invisible fillers go', 'a\u3164\u115F\uFFA0\u00ADb', 'ab'],
		['what an invisible mark kept apart is composed', 'e\u200B\u0301', '\u00E9'],
		['half a character is replaced', 'a\uD83Db', 'a\uFFFDb'],
		['what people write stays', 'Ñandú 日本語 Ёжик – “ok” & co. [01]', 'Ñandú 日本語 Ёжик – “ok” & co. [01]'],
	])('%s', (_claim, hostile, clean) => {
		expect(cleanText(hostile)).toBe(clean);
	});

	// Quadratic patterns need minutes for these; the test's own time limit is the assertion.
	test.each([
		['unfinished strings', `${'\u009D'.repeat(300_000)}\u001Bx`],
		['escape after escape', '\u001B'.repeat(300_000)],
		['unfinished sequences', '\u009B0;'.repeat(100_000)],
	])('a long line of %s is cleaned in no time', (_what, hostile) => {
		expect(cleanText(hostile).length).toBeLessThan(hostile.length);
	});
});

describe('secrets do not reach the log or the screen', () => {
	const canary = 'h7Jk29xQ';
	test.each([
		`https://user:${canary}@example.org/a`,
		`https://user:p@${canary}@example.org/a`,
		`https://user:with/${canary}@example.org/a`,
		`ftp://${canary}@example.org`,
		`https://example.org/?X-Amz-Signature=${canary}&x=1`,
		`https://example.org/cb#access_token=${canary}`,
		`https://example.org/?a=1&amp;token=${canary}`,
		`Authorization: Bearer ${canary}`,
		`authorization: Token ${canary}`,
		`Proxy-Authorization: Digest username="u", response="${canary}"`,
		`{"Authorization": "Bearer ${canary}", "n": 1}`,
		`Cookie: a=1; sid=${canary}`,
		`Set-Cookie: id=${canary}; Path=/`,
		`x-auth-token: ${canary}`,
		`{"token":"${canary}"}`,
		`rpc-secret=${canary}`,
		`--video-password ${canary} --next`,
		`['--password', '${canary}', '--next']`,
		`arl=${canary}`,
	])('%s', line => {
		expect(maskSecrets(line)).not.toContain(canary);
		expect(maskSecrets(line)).toContain('***');
	});

	test.each([
		'https://example.org:8080/@scope/pkg?page=2',
		'[download]  45.3% of 10.00MiB at 1.00MiB/s ETA 00:05',
		'ERROR: [generic] Unable to download webpage: HTTP Error 404: Not Found',
		'The Secret Garden - 01.mkv',
		'mailto someone@example.org at 10:30',
	])('ordinary lines stay as they are: %s', line => {
		expect(maskSecrets(line)).toBe(line);
	});

	test('the words around a secret stay', () => {
		expect(maskSecrets('GET https://u:p@example.org/x?sig=abc&page=2 failed')).toBe(
			'GET https://***@example.org/x?sig=***&page=2 failed',
		);
		expect(maskSecrets('{"authorization": "Bearer x", "page": 2}')).toBe('{"authorization": "***", "page": 2}');
	});

	test.each([
		['dotted words', 'a.'.repeat(150_000)],
		['words that could be names of secrets', `?${'token'.repeat(60_000)}`],
		['addresses that never end', 'a://b:c'.repeat(40_000)],
		['flags', '--a-token '.repeat(30_000)],
	])('a long line of %s is searched in no time', (_what, hostile) => {
		expect(maskSecrets(hostile).length).toBeGreaterThan(0);
	});
});

describe('long texts are shortened', () => {
	test('with an ellipsis, within the length, and never through a character', () => {
		expect(shorten('abcdef', 4)).toBe('abc…');
		expect(shorten('abc', 3)).toBe('abc');
		expect(shorten('ab😀d', 4)).toBe('ab…');
		expect(shorten('abc', 0)).toBe('');
	});
});
