import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, onTestFinished, test, vi} from 'vitest';
import {fit} from '../../source/tui/format.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../source/tui/theme.ts';
import {hasTmux} from '../support/line.ts';
import {temporaryDirectory} from '../support/temp.ts';

const tool = fileURLToPath(new URL('../fixtures/tools/measure-cells.mjs', import.meta.url));

/** Cells that each text takes in tmux. */
const widthsInTmux = async (texts: readonly string[]): Promise<readonly number[]> => {
	const directory = await temporaryDirectory();
	const [from, to] = [join(directory, 'texts.json'), join(directory, 'widths.json')];
	await writeFile(from, JSON.stringify(texts));
	const tmux = (...words: readonly string[]): void => {
		execFileSync('tmux', ['-L', 'cells', '-f', '/dev/null', ...words], {
			env: {PATH: process.env['PATH'] ?? '', HOME: directory, LANG: 'C.UTF-8', TMUX_TMPDIR: directory},
			stdio: 'pipe',
		});
	};
	tmux('new-session', '-d', '-x', '120', '-y', '5', process.execPath, tool, from, to);
	onTestFinished(() => {
		try {
			tmux('kill-server');
		} catch {
			// It has ended with its only program.
		}
	});
	await vi.waitFor(() => expect(existsSync(to)).toBe(true), {timeout: 20_000, interval: 50});
	return JSON.parse(await readFile(to, 'utf8')) as readonly number[];
};

test('every shape of the screen takes one cell in tmux', async context => {
	if (!hasTmux()) context.skip('needs tmux');
	const shapes = [...Object.values(unicodeGlyphs), ...Object.values(asciiGlyphs)].flatMap(shape => [...shape]);
	expect(await widthsInTmux(shapes)).toEqual(shapes.map(() => 1));
});

// prettier-ignore
const titles = [
	'葬送のフリーレン 第28話', '서울의 봄', 'Ärger', 'Z\u0351\u036B\u0353\u036A\u0302\u036Balgo', 'مسلسل الحلقة', 'שָׁלוֹם עולם', 'ซีรีส์ น้ำ', 'क्षत्रिय हिन्दी',
	'தமிழ் படம்', 'မြန်မာ', 'ភាសាខ្មែរ', 'བོད་ཡིག', 'ꦏꦶꦥꦼ', '👨‍👩‍👧 family', '👍🏽 thumbs', '❤️ heart', '🇩🇪 flag', '1️⃣ key', '☔⚡✅✨', '🫠🪩', '㉈㊗', '\u0600123', 'ﷺ﷽', '𝒳𝔘',
];

test('no title is wider in tmux than the cells that it was given', async context => {
	if (!hasTmux()) context.skip('needs tmux');
	const order = titles.flatMap(title => [3, 8, 9, 30].map(width => ({title, width})));
	const widths = await widthsInTmux(order.map(({title, width}) => fit(title, width)));
	for (const [index, {title, width}] of order.entries())
		expect(widths[index], `${title} in ${width}`).toBeLessThanOrEqual(width);
});
