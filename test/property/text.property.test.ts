import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {cleanText, maskSecrets, shorten} from '../../source/domain/text.ts';

/*
 * The oracle looks at code points, one by one, with tables of its own.
 * Mutations that kill these, each tried: composing before the invisible marks go breaks "cleaning twice"; leaving U+009B
 * out of the controls breaks "no controls"; `[^&#\s"']+` → `[^&#\s"'.]+` in `secretInQuery` leaks a dotted canary; ending
 * the value of `secretHeaders` at a `;` leaks the second cookie.
 */

const isForbidden = (point: number): boolean =>
	point < 0x20 ||
	(point >= 0x7f && point <= 0x9f) ||
	point === 0xad ||
	point === 0x061c ||
	(point >= 0x200b && point <= 0x200f) ||
	(point >= 0x2028 && point <= 0x202e) ||
	(point >= 0x2060 && point <= 0x206f) ||
	(point >= 0xd800 && point <= 0xdfff) ||
	(point >= 0xfe00 && point <= 0xfe0f) ||
	point === 0xfeff ||
	(point >= 0xe0000 && point <= 0xe0fff);

/** Text that is likely to hold what must go. */
const hostile = fc
	.array(
		fc.oneof(
			fc.string({unit: 'binary'}),
			fc.constantFrom(
				'\u001B',
				'\u001B[31m',
				'\u001B]0;',
				'\u009B',
				'\u009D',
				'\u0007',
				'\u202E',
				'\u200B',
				'\u0301',
				'e',
				'\u1100',
				'\u1161',
				'\uD83D',
				'\uDE00',
				'\uFE0F',
				'\r\n',
				' ',
			),
			fc.integer({min: 0, max: 0xffff}).map(unit => String.fromCharCode(unit)),
			fc.integer({min: 0, max: 0x10ffff}).map(point => String.fromCodePoint(point)),
		),
		{maxLength: 20},
	)
	.map(parts => parts.join(''));

test('cleaned text has no controls, no escapes, no invisible or turning marks and no half characters', () => {
	fc.assert(
		fc.property(hostile, text => {
			for (const character of cleanText(text)) {
				const point = character.codePointAt(0) ?? 0;
				expect(isForbidden(point), `U+${point.toString(16)} is left`).toBe(false);
			}
		}),
		{numRuns: 2000},
	);
});

test('cleaning twice changes nothing, and the result is composed', () => {
	fc.assert(
		fc.property(hostile, text => {
			const once = cleanText(text);
			expect(cleanText(once)).toBe(once);
			expect(once.normalize('NFC')).toBe(once);
			expect(once.trim()).toBe(once);
		}),
		{numRuns: 2000},
	);
});

test('shortened text is within its length and holds no half character that was whole before', () => {
	fc.assert(
		fc.property(fc.string({unit: 'grapheme'}), fc.nat(40), (text, most) => {
			const short = shorten(text, most);
			expect(short.length).toBeLessThanOrEqual(most);
			expect(short.isWellFormed()).toBe(true);
			if (text.length <= most) expect(short).toBe(text);
		}),
	);
});

/** A secret with no character that ends one, and with a beginning and an end that ordinary text does not have. */
const canary = fc.stringMatching(/^[A-Za-z\d][\w.~+-]{3,30}[A-Za-z\d]$/).map(text => `Zq7${text}vQ8W`);
const surroundings = fc.stringMatching(/^[\w ,.()]{0,20}$/);
const secretPlaces: ReadonlyArray<(secret: string) => string> = [
	secret => `https://user:${secret}@example.org/a`,
	secret => `https://${secret}@example.org/a`,
	secret => `socks5h://u:${secret}@127.0.0.1:1080`,
	secret => `https://example.org/a?token=${secret}&b=1`,
	secret => `https://example.org/a?b=1&X-Amz-Credential=${secret}`,
	secret => `https://example.org/a?e=${secret}#t`,
	secret => `https://example.org/cb#access_token=${secret}`,
	secret => `Authorization: Bearer ${secret}`,
	secret => `authorization=Basic ${secret}`,
	secret => `Cookie: a=b; session=${secret}; c=d`,
	secret => `"Cookie": "sid=${secret}"`,
	secret => `X-Api-Key: ${secret}`,
	secret => `{"password": "${secret}"}`,
	secret => `--api-key ${secret}`,
	secret => `--rpc-secret=${secret}`,
];

test('a secret in an address, a header, a flag or a named value is hidden, wherever it stands in the line', () => {
	fc.assert(
		fc.property(
			surroundings,
			fc.constantFrom(...secretPlaces),
			canary,
			surroundings,
			(before, place, secret, after) => {
				const masked = maskSecrets(`${before} ${place(secret)} ${after}`);
				// Not even its beginning or its end.
				expect(masked).not.toContain('Zq7');
				expect(masked).not.toContain('vQ8W');
			},
		),
		{numRuns: 2000},
	);
});
