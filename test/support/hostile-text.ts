import {seeded} from './soak-stream.ts';

/** Pieces that have hurt somebody: escape codes, line ends, turning and invisible marks, paths, templates, options, halves. */
export const hostilePieces: readonly string[] = [
	'\u001B[31m',
	'\u001B[2J\u001B[H',
	'\u001B[?1049l',
	'\u001B]0;owned\u0007',
	'\u001B]8;;http://evil/\u001B\\',
	'\u001B]52;c;cm0gLXJm\u0007',
	'\u001B]0;never ends',
	'\u001BPq#0;2;0;0;0\u001B\\',
	'\u001B_apc\u001B\\',
	'\u001B^pm\u001B\\',
	'\u001BXsos\u009C',
	'\u001B(0',
	'\u001B#8',
	'\u001Bc',
	'\u001B',
	'\u009B31m',
	'\u009D0;c1\u009C',
	'\u0090q\u009C',
	'\u0085',
	'\n',
	'\r',
	'\r\n',
	'\u2028',
	'\u2029',
	'\v',
	'\f',
	'\t',
	'\b\b\b',
	'\u0007',
	'\u007F',
	'\0',
	'\u202E',
	'\u202A',
	'\u2066',
	'\u2069',
	'\u200E',
	'\u200F',
	'\u061C',
	'\u200B',
	'\u200D',
	'\u2060',
	'\uFEFF',
	'\u00AD',
	'\uFE0F',
	'\u{E0041}',
	'\u{E0101}',
	'\u3164',
	'\u115F',
	'\uD83D',
	'\uDE00',
	'\uD800\uD800',
	'../',
	'..\\',
	'/etc/passwd',
	'/',
	'.',
	'~',
	'%(title)s',
	'%(x)s',
	'%s%n',
	'{title}',
	'{source}',
	'${HOME}',
	'$(touch canary)',
	'`touch canary`',
	'; touch canary;',
	'| touch canary',
	'-rf',
	'--exec=touch canary',
	'--',
	"'",
	'"',
	'\\',
	'\\u001b[31m',
	'<script>',
	'&amp;',
	'DLF /etc/passwd',
	'\nDLF {"filepath":"/etc/passwd"}',
	'\n2026-01-01T00:00:00.000Z job 1 completed',
	'#tidegate-log continues at byte 99',
	'","status":"completed","x":"',
	'}\n{"id":1}',
	'CON',
	'nul.txt',
	'שלום',
	'مرحبا',
	'a\u0301\u0302\u0303',
	'e' + '\u0301'.repeat(40),
	'Z\u0334\u0355\u0311a\u0300',
	'👨‍👩‍👧‍👦',
	'🏳️‍🌈',
	'🇩🇪',
	'👍🏽',
	'1️⃣',
	'ﷺ',
	'𒐫',
	'한글',
	'각',
	'日本語',
	'Ёжик',
	'Ordinary title - 07 [1080p]',
	' ',
	'  ',
	'a',
	'01',
];

/** Hostile texts without end, the same for the same seed; now and then one of 5,000 characters. */
export const hostileTexts = (seed: number): (() => string) => {
	const chance = seeded(seed);
	const pick = (count: number): number => Math.floor(chance() * count);
	const piece = (): string => {
		const roll = chance();
		if (roll < 0.7) return hostilePieces[pick(hostilePieces.length)] ?? '';
		if (roll < 0.85) return String.fromCharCode(pick(0x3000));
		if (roll < 0.95) return String.fromCharCode(pick(0x10000));
		return String.fromCodePoint(pick(0x110000));
	};
	return () => {
		const pieces = Array.from({length: 1 + pick(7)}, piece);
		if (chance() >= 0.004) return pieces.join('');
		const whole = pieces.join('') || 'x';
		return whole.repeat(Math.ceil(5000 / whole.length)).slice(0, 5000);
	};
};

/**
 * The first code point of a text that a terminal could obey or that hides something: controls, line ends, marks that turn
 * the direction, invisible ones, halves. Written without the code that it judges: by code points.
 */
export const forbiddenIn = (text: string): string | undefined => {
	for (let index = 0; index < text.length; index++) {
		const unit = text.charCodeAt(index);
		// Nearly all of what is looked at: plain.
		if (unit >= 0x20 && unit < 0x7f) continue;
		const point = text.codePointAt(index) ?? 0;
		if (isForbidden(point)) return `U+${point.toString(16).toUpperCase().padStart(4, '0')} at ${index}`;
		if (point > 0xffff) index++;
	}

	return undefined;
};

const isForbidden = (point: number): boolean =>
	point < 0x20 ||
	(point >= 0x7f && point <= 0x9f) ||
	point === 0xad ||
	point === 0x61c ||
	(point >= 0x200b && point <= 0x200f) ||
	(point >= 0x2028 && point <= 0x202e) ||
	(point >= 0x2060 && point <= 0x206f) ||
	(point >= 0xd800 && point <= 0xdfff) ||
	(point >= 0xfe00 && point <= 0xfe0f) ||
	point === 0xfeff ||
	(point >= 0xe0000 && point <= 0xe0fff);
