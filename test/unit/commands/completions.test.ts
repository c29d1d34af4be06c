import {describe, expect, test} from 'vitest';
import {fitting} from '../../../source/commands/completions.ts';
import {buildProgram, verbs} from '../../../source/commands/program.ts';

const fit = (...words: readonly string[]) =>
	fitting(
		buildProgram('', () => undefined),
		words,
	);
const valuesOf = (...words: readonly string[]): readonly string[] => {
	const found = fit(...words);
	return found.kind === 'words' ? found.words.map(({value}) => value) : [found.kind];
};

describe('TAB offers', () => {
	test('every command that help lists, and none that only programs call', () => {
		expect(valuesOf('')).toEqual([...verbs.map(({name}) => name), 'help']);
	});

	test.each<[typed: readonly string[], expected: readonly string[]]>([
		[['li'], ['limit', 'list']],
		[
			['config', ''],
			['check', 'print', 'path'],
		],
		[['list', '--stat'], ['--status']],
		[['--dry-run', '--workers', '3', 'pri'], ['priority']],
		[['list', '--he'], ['--help']],
		[['log', '--fo'], ['--follow']],
	])('for %j the words %j', (typed, expected) => {
		expect(valuesOf(...typed)).toEqual(expected);
	});

	test.each<[typed: readonly string[], kind: string, part: string]>([
		[['list', '--status', 'queued,fa'], 'status', 'queued,fa'],
		[['list', '--status=fa'], 'status', 'fa'],
		// As bash cuts the line.
		[['list', '--status', '=', 'fa'], 'status', 'fa'],
		[['cancel', ''], 'job', ''],
		[['cancel', '1', '2', '3'], 'job', '3'],
		[['move', '4', '--before', ''], 'job', ''],
		[['list', '--batch', 'My'], 'batch', 'My'],
		[['add', 'https', ':', '//host', '--provider', 'y'], 'provider', 'y'],
		[['-c', 'conf'], 'file', 'conf'],
		[['import', 'urls', ''], 'file', ''],
		[['log', '--', ''], 'job', ''],
		[['stats', ''], 'nothing', ''],
		[['list', '--limit', ''], 'nothing', ''],
		[['no-such-command', '--status', ''], 'nothing', ''],
	])('behind %j what is a %s', (typed, kind, part) => {
		expect(fit(...typed)).toMatchObject({kind, typed: part});
	});
});
