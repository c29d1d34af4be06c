import * as fc from 'fast-check';
import {afterAll, expect, test} from 'vitest';
import {cleanText} from '../../source/domain/text.ts';
import {cellWidth, clip, fit, fitMiddle, graphemes, tail} from '../../source/tui/format.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../source/tui/theme.ts';
import {fitLine} from '../../source/tui/view/spans.ts';
import {terminalModels} from '../support/terminal-models.ts';

/*
 * The judge is a terminal: it is asked where its cursor stands after the text. Three models, because terminals disagree.
 */

const models = terminalModels();
afterAll(() => models.forEach(model => model[Symbol.dispose]()));

const widest = async (texts: readonly string[]): Promise<readonly number[]> => {
	const all = await Promise.all(models.map(model => model.widths(texts)));
	return texts.map((_text, index) => Math.max(...all.map(widths => widths[index] ?? Infinity)));
};

const narrowest = async (texts: readonly string[]): Promise<readonly number[]> => {
	const all = await Promise.all(models.map(model => model.widths(texts)));
	return texts.map((_text, index) => Math.min(...all.map(widths => widths[index] ?? -Infinity)));
};

const zalgo = fc
	.tuple(fc.constantFrom('Z', 'a', '漢', 'ก'), fc.array(fc.integer({min: 0x300, max: 0x36f}), {maxLength: 60}))
	.map(([base, marks]) => base + String.fromCodePoint(...marks));

// prettier-ignore
const hostile = fc.constantFrom(
	'漢', 'カ', 'ﾊﾟ', '한', '\u1112\u1161\u11AB', 'e\u0301', '👨‍👩‍👧', '👍🏽', '❤️', '🇩🇪', '🇩', '1️⃣', '☔', '🫠',
	'कि', 'क्षि', 'กำ', 'ที่', 'தமிழ்', 'မြန်မာ', 'ꦏꦶ', 'བོད', 'ភាសា', 'العربية', 'שָׁלוֹם', 'ﷺ', '\u0600', '\u{110BD}',
	'\u202E', '\u200D', '\u200B', '\uFE0F', '\t', '\r\n', '\u001B[31m', '\uD800', 'a', ' ', '…', '\u3099', '㉈',
);

/** Any Unicode, and what is known to make trouble. */
const anyText = fc.oneof(
	fc.string({unit: 'binary', maxLength: 30}),
	fc.string({unit: 'grapheme', maxLength: 30}),
	fc.array(fc.oneof(hostile, zalgo), {maxLength: 20}).map(parts => parts.join('')),
	fc.array(fc.integer({min: 0, max: 0x10ffff}), {maxLength: 20}).map(points => String.fromCodePoint(...points)),
);

test('a text in so many cells is never wider than they are, in any terminal', async () => {
	await fc.assert(
		fc.asyncProperty(anyText, fc.integer({min: 0, max: 30}), async (text, width) => {
			const texts = [fit(text, width), fit(text, width, 'right'), fitMiddle(text, width), clip(text, width)];
			for (const taken of await widest(texts)) expect(taken).toBeLessThanOrEqual(width);
			// The text of an input line stands behind its label.
			const [behind = Infinity] = await widest([`: ${tail(cleanText(text), width)}`]);
			expect(behind).toBeLessThanOrEqual(2 + width);
		}),
		{numRuns: 1500},
	);
});

test('a line of spans is never wider than it was made for, in any terminal', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(anyText, {maxLength: 5}), fc.integer({min: 1, max: 60}), async (texts, width) => {
			const line = fitLine(
				texts.map(text => [fit(text, 7), 'plain'] as const),
				width,
				'…',
			);
			const [taken = Infinity] = await widest([line.map(([text]) => text).join('')]);
			expect(taken).toBeLessThanOrEqual(width);
		}),
		{numRuns: 1000},
	);
});

test('what people write in Latin, Cyrillic, Greek, CJK, Thai, Hebrew and Arabic fills its cells in every terminal', async () => {
	// prettier-ignore
	const words = fc.constantFrom(
		'episode', 'Ärger', 'Ἀθῆναι', 'Đường', 'серия', '葬送のフリーレン', '第28話', '葬送', '서울의', '봄', '五等分',
		'ซีรีส์', 'น้ำ', 'ที่นี่', 'שלום', 'העולם', 'مسلسل', 'الحلقة', '“quoted”', '½', '…', '–', '→',
	);
	await fc.assert(
		fc.asyncProperty(fc.array(words, {maxLength: 6}), fc.integer({min: 0, max: 40}), async (texts, width) => {
			// A word that a terminal measures by characters may leave cells empty there: `น้ำ`.
			const text = texts.join(' ');
			const doubtful = graphemes(text).filter(part => part.includes('\u0E33')).length;
			const [taken = 0] = await narrowest([fit(text, width)]);
			expect(taken).toBeGreaterThanOrEqual(width - doubtful);
		}),
		{numRuns: 1000},
	);
});

test('no letter carries more than five marks', () => {
	fc.assert(
		fc.property(zalgo, text => {
			expect(fit(text, 10)).not.toMatch(/[\p{Mn}\p{Me}]{6}/u);
		}),
	);
});

test('every shape of the screen takes one cell in every terminal, with Unicode and without', async () => {
	for (const glyphs of [unicodeGlyphs, asciiGlyphs]) {
		const shapes = Object.values(glyphs).flatMap(shape => [...shape]);
		expect(await widest(shapes)).toEqual(shapes.map(() => 1));
		expect(await narrowest(shapes)).toEqual(shapes.map(() => 1));
	}
});

test('what is measured is what terminals draw: never less, for every character that there is', async () => {
	const characters = Array.from({length: 0x110000}, (_, point) => point)
		.filter(point => point >= 0x20 && !(point >= 0xd800 && point <= 0xdfff))
		.map(point => String.fromCodePoint(point))
		.filter(character => cleanText(character) === character);
	const wider: string[] = [];
	// Ideographs, syllables and the private planes are alike: one in a hundred of them.
	const shown = characters.filter(
		(character, index) => index % 100 === 0 || !/^[\p{Co}\p{Cn}\p{Ideographic}\uAC00-\uD7A3]$/u.test(character),
	);
	for (let from = 0; from < shown.length; from += 20_000) {
		const part = shown.slice(from, from + 20_000);
		// Behind a letter, because marks stand on something.
		const taken = await widest(part.map(character => `a${character}`));
		wider.push(...part.filter((character, index) => (taken[index] ?? Infinity) > 1 + cellWidth(character)));
	}

	expect(wider).toEqual([]);
});
