import {expect, test} from 'vitest';
import {createRepeatMarker, type SourcePreview} from '../../../source/domain/preview.ts';

const fresh = (key: string, destination?: string): SourcePreview => ({
	type: 'new',
	source: key,
	title: key,
	provider: 'http',
	lane: 'http',
	isToolThere: true,
	toolProblem: undefined,
	key,
	destination,
});

const told = (rows: readonly SourcePreview[]): readonly string[] =>
	rows.map(row => (row.type === 'repeat' ? `${row.because} of ${row.of}` : row.type));

test('what is judged repeats what was marked before it, and itself, and is forgotten', () => {
	const repeats = createRepeatMarker();
	repeats.mark([fresh('a', 'x'), fresh('b')]);
	const rows = [fresh('a'), fresh('c', 'x'), fresh('d', 'y'), fresh('d'), fresh('e', 'y'), fresh('f')];
	const expected = ['source of 0', 'destination of 0', 'new', 'source of 4', 'destination of 4', 'new'];
	expect(told(repeats.judge(rows))).toEqual(expected);
	expect(told(repeats.judge(repeats.judge(rows)))).toEqual(expected);
	expect(told(repeats.mark(rows))).toEqual(expected);
});
