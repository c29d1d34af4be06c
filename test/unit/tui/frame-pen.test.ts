import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {createPens, penChange} from '../../../source/tui/frame-pen.ts';

const code = fc.constantFrom(
	'1',
	'2',
	'3',
	'4',
	'7',
	'9',
	'31',
	'96',
	'38;5;9',
	'38;2;1;2;3',
	'41',
	'48;5;200',
	'22',
	'39',
	'0',
);
const parameters = fc.array(code, {maxLength: 6}).map(codes => codes.join(';'));

const parametersOf = (sequence: string): string => sequence.slice(2, -1);

test('the change from any pen to any other leads there, and is never longer than to begin from nothing', () => {
	fc.assert(
		fc.property(parameters, parameters, (first, second) => {
			const pens = createPens();
			const from = pens.after(pens.plain, first);
			const to = pens.after(pens.plain, second);
			const change = penChange(from, to);
			if (from === to) expect(change).toBe('');
			else {
				expect(pens.after(from, parametersOf(change))).toBe(to);
				expect(change.length).toBeLessThanOrEqual(Math.max(3, penChange(pens.plain, to).length + 2));
			}
		}),
		{numRuns: 2000},
	);
});

test.each([
	['1;36', '36', '22'],
	['1;2;38;2;1;2;3', '1;38;2;1;2;3', '22;1'],
	['1;36', '2', '0;2'],
	['31', '', ''],
	['', '31', '31'],
])('from %j to %j it takes %j', (first, second, change) => {
	const pens = createPens();
	expect(parametersOf(penChange(pens.after(pens.plain, first), pens.after(pens.plain, second)))).toBe(change);
});

test('a space looks the same with most pens, and not with those that show on it', () => {
	const pens = createPens();
	expect(pens.after(pens.plain, '1;2;3;31').onBlank).toBe(pens.plain);
	for (const shown of ['4', '7', '9', '41', '1;48;5;1']) {
		const pen = pens.after(pens.plain, shown);
		expect(pen.onBlank).toBe(pen);
	}
});
