import stringWidth from 'string-width';
import {expect, test} from 'vitest';
import {cleanText} from '../../../source/domain/text.ts';
import {isPlain} from '../../../source/tui/format.ts';
import {asciiGlyphs, themes, unicodeGlyphs} from '../../../source/tui/theme.ts';

test('every character that is taken for plain is one cell wide, stays as it is when cleaned, and joins with no neighbour', () => {
	const segmenter = new Intl.Segmenter();
	let plainOnes = 0;
	for (let code = 0; code < 0x1_00_00; code++) {
		const character = String.fromCharCode(code);
		if (!isPlain(character)) continue;
		plainOnes++;
		const between = `a${character}a`;
		if (stringWidth(between) !== 3 || cleanText(between) !== between || [...segmenter.segment(between)].length !== 3)
			expect.fail(`U+${code.toString(16)} is no plain character`);
	}

	expect(plainOnes).toBeGreaterThan(400);
});

test('every shape is one cell wide', () => {
	for (const [name, glyph] of Object.entries({...unicodeGlyphs, ...asciiGlyphs})) {
		if (name === 'spark') continue;
		expect(stringWidth(glyph), name).toBe(1);
		expect(cleanText(glyph), name).toBe(glyph);
	}

	expect(stringWidth(unicodeGlyphs.spark)).toBe(8);
	expect(stringWidth(asciiGlyphs.spark)).toBe(8);
});

test('ASCII shapes are ASCII', () => {
	expect(Object.values(asciiGlyphs).join('')).toMatch(/^[ -~]+$/);
});

test('states that must be told apart have shapes of their own', () => {
	for (const glyphs of [unicodeGlyphs, asciiGlyphs]) {
		const {waiting, queued, paused, starting, downloading, finishing, completed, failed, cancelled} = glyphs;
		const shapes = [waiting, queued, paused, starting, downloading, finishing, completed, failed, cancelled];
		expect(new Set(shapes).size).toBe(shapes.length);
	}
});

test('a theme without colours has none', () => {
	expect(JSON.stringify(themes.mono)).not.toContain('color');
});
