import {describe, expect, test} from 'vitest';
import {duration, facts, fit, percent, table} from '../../../source/commands/format.ts';
import {parseArguments, verbs} from '../../../source/commands/program.ts';
import {hasUnicode} from '../../../source/commands/open-on.ts';

describe('tables', () => {
	test('columns line up by display width, whatever the script', () => {
		const text = table(
			[{title: 'A'}, {title: 'N', isRight: true}, {title: 'T'}],
			[
				['日本', '1', 'x'],
				['abc', '200', 'y'],
			],
			undefined,
		);
		expect(text.split('\n')).toEqual(['A       N  T', '日本    1  x', 'abc   200  y']);
	});

	test('the last column is cut at the edge of the terminal', () => {
		const text = table([{title: 'A'}, {title: 'T'}], [['1', '日本語日本語日本語']], 14);
		expect(text.split('\n')[1]).toBe('1  日本語日本…');
	});

	test('what fits is not cut', () => {
		expect(fit('abc', 3)).toBe('abc');
		expect(fit('abcd', 3)).toBe('ab…');
	});

	test('facts without a value are left out', () => {
		expect(
			facts([
				['one', '1'],
				['three', undefined],
				['two', ''],
			]),
		).toBe('one  1');
	});
});

test('times are told in their two largest units', () => {
	expect([400, 45_000, 200_000, 7_500_000, 360_000_000].map(span => duration(span))).toEqual([
		'0s',
		'45s',
		'3m 20s',
		'2h 05m',
		'4d 4h',
	]);
	expect(duration(undefined)).toBe('');
	expect([percent(1, 3), percent(5, 3), percent(1, undefined)]).toEqual(['33%', '100%', '']);
});

const parse = async (...args: readonly string[]) => {
	const words: string[] = [];
	const io = {out: (text: string) => words.push(text), err: (text: string) => words.push(text)};
	return {call: await parseArguments(args, io, '1.2.3'), words: words.join('')};
};

describe('arguments', () => {
	test('no verb is the screen, with the global options', async () => {
		const {call} = await parse('-w', '3', '--data', '/d');
		expect(call).toMatchObject({verb: {name: 'screen'}, globals: {workers: 3, data: '/d', isJson: false}});
	});

	test('global options may stand before and after the verb', async () => {
		for (const args of [
			['--json', 'list'],
			['list', '--json'],
		]) {
			expect((await parse(...args)).call).toMatchObject({verb: {name: 'list'}, globals: {isJson: true}});
		}
	});

	test('a dash alone is a source', async () => {
		expect((await parse('add', '-', '--batch', 'B')).call).toMatchObject({args: ['-'], options: {batch: 'B'}});
	});

	test('a misspelt verb is exit code 2 with the nearest one', async () => {
		const {call, words} = await parse('stauts');
		expect(call).toBe(2);
		expect(words).toContain('status');
	});

	test('an unknown option is exit code 2', async () => {
		expect((await parse('list', '--bogus')).call).toBe(2);
		expect((await parse('--bogus')).call).toBe(2);
	});

	test.each(['0', '33', 'x', '1.5'])('%s workers are refused', async count => {
		await expect(parse('--workers', count)).rejects.toThrow(
			`--workers must be a whole number from 1 to 32, not \`${count}\``,
		);
	});

	test('help and version are exit code 0', async () => {
		expect(await parse('--version')).toEqual({call: 0, words: '1.2.3\n'});
		expect((await parse('help', 'add')).words).toContain('--skip-bad');
	});

	test('every help fits 80 columns', async () => {
		const topics = [[], ...verbs.map(({name}) => [name])];
		for (const topic of topics) {
			const {words} = await parse(...topic, '--help');
			expect(words.split('\n').filter(line => line.length > 80)).toEqual([]);
			expect(words).toContain('Usage: tidegate');
		}
	});

	test('help about nothing is exit code 2 with the nearest command', async () => {
		await expect(parse('help', 'lst')).rejects.toThrow('there is no command `lst`; did you mean list?');
	});

	test('every verb of the command line is there', () => {
		const needed =
			'run add album playlist upgrade list show log pause resume retry cancel remove priority move undo redo workers limit status stats disk health doctor config import export wait demo completion notify serve reload service';
		expect(verbs.map(({name}) => name).toSorted()).toEqual(needed.split(' ').toSorted());
	});
});

test('a locale that is not UTF-8 gets plain characters', () => {
	expect(hasUnicode({LANG: 'de_DE.UTF-8'})).toBe(true);
	expect(hasUnicode({LC_ALL: 'C', LANG: 'de_DE.UTF-8'})).toBe(false);
	expect(hasUnicode({TERM: 'linux', LANG: 'C.utf8'})).toBe(false);
});
