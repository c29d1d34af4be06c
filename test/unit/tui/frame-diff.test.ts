import xterm from '@xterm/headless';
import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {rowUpdate} from '../../../source/tui/frame-diff.ts';

const columns = 24;
const rows = 4;

const newTerminal = (): xterm.Terminal => new xterm.Terminal({cols: columns, rows, allowProposedApi: true});

const write = (terminal: xterm.Terminal, text: string): Promise<void> =>
	new Promise(resolve => terminal.write(text, resolve));

/** What stands in every cell, with its looks. */
const picture = (terminal: xterm.Terminal): readonly string[] =>
	Array.from({length: rows}, (_, row) => {
		const line = terminal.buffer.active.getLine(row);
		return Array.from({length: columns}, (_cell, column) => {
			const cell = line?.getCell(column);
			if (cell === undefined) return '';
			const looks = [cell.isBold(), cell.isDim(), cell.isInverse(), cell.getFgColor()].map(Number).join(',');
			return `${cell.getChars() || (cell.getWidth() === 0 ? '' : ' ')}/${looks}`;
		}).join('|');
	});

const span = fc
	.tuple(
		fc.constantFrom('', '\u001B[1m', '\u001B[2m', '\u001B[31m', '\u001B[32m', '\u001B[7m', '\u001B[1m\u001B[36m'),
		fc.constantFrom('abc', '漢字', ' ', '    ', '━━━╸──', '12.4 MB/s', 'é', 'か', '12.5 MB/s', '한글', '…', '█▒░'),
	)
	.map(([look, text]) => `${look}${text}\u001B[22m\u001B[39m\u001B[27m`);
const frame = fc.array(
	fc.array(span, {maxLength: 6}).map(spans => spans.join('')),
	{minLength: rows, maxLength: rows},
);

test('after any series of frames the terminal shows the last one, as if it had been painted on an empty screen', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(frame, {minLength: 2, maxLength: 5}), async frames => {
			const followed = newTerminal();
			const fresh = newTerminal();
			let before: readonly (string | undefined)[] = [];
			for (const lines of frames) {
				await write(followed, lines.map((line, row) => rowUpdate(row + 1, columns, before[row], line)).join(''));
				before = lines;
			}

			// The oracle does not compare: it writes each row whole, and lets the terminal cut it.
			await write(
				fresh,
				'\u001B[?7l' + (frames.at(-1) ?? []).map((line, row) => `\u001B[${row + 1};1H${line}`).join(''),
			);
			const shown = picture(followed);
			const wanted = picture(fresh);
			for (let row = 0; row < rows; row++) {
				// Rows that are too long differ only in where they are cut; frames of the screen never are.
				if (width(frames.at(-1)?.[row] ?? '') <= columns) expect(shown[row]).toBe(wanted[row]);
			}

			followed.dispose();
			fresh.dispose();
		}),
		{numRuns: 200},
	);
});

// oxlint-disable-next-line no-control-regex
const width = (line: string): number =>
	[...line.replaceAll(/\u001B\[\d+m/g, '').normalize('NFC')].reduce(
		(sum, char) => sum + (/[\u3000-\uD7A3]/.test(char) ? 2 : 1),
		0,
	);

test('a changed number costs its own bytes and not those of its row', () => {
	const update = rowUpdate(3, 80, `${'x'.repeat(60)} 61%`, `${'x'.repeat(60)} 62%`);
	expect(update).toBe('\u001B[3;63H2');
});

test('an unchanged row costs nothing', () => {
	expect(rowUpdate(1, 80, '\u001B[1mab\u001B[22m', '\u001B[1mab\u001B[22m')).toBe('');
});

test('an emoji is followed by a position, because terminals disagree on its width', () => {
	expect(rowUpdate(1, 10, '', '🎓ab')).toBe('\u001B[1;1H  \u001B[1;1H🎓\u001B[1;3Hab');
});
