import {fillEpisode, hasEpisodePlaceholder} from '../../../source/domain/episodes.ts';
import {describe, expect, test} from 'vitest';
import {
	parseBytes,
	parseEpisodes,
	parseId,
	parsePriority,
	parseSortKey,
	parseStatuses,
} from '../../../source/commands/arguments.ts';
import {sourceLines} from '../../../source/commands/add.ts';
import {readExported} from '../../../source/commands/exported.ts';
import {CommandError} from '../../../source/commands/verb.ts';

const messageOf = (call: () => unknown): string => {
	try {
		call();
	} catch (error) {
		if (error instanceof CommandError) return `${error.exitCode}: ${error.message}`;
		throw error;
	}

	return 'nothing was refused';
};

describe('episodes', () => {
	test('ranges and numbers in the order given, each once', () => {
		expect(parseEpisodes('1-3, 7,2,10 - 11')).toEqual([1, 2, 3, 7, 10, 11]);
	});

	test.each([
		['7-3', '2: the range `7-3` in --episodes runs backwards; write 3-7'],
		['', '2: `` in --episodes is neither a number nor a range such as 1-12'],
		['1-', '2: `1-` in --episodes is neither a number nor a range such as 1-12'],
		['a', '2: `a` in --episodes is neither a number nor a range such as 1-12'],
		['1.5', '2: `1.5` in --episodes is neither a number nor a range such as 1-12'],
		['1-999999', '2: --episodes names more than 10000 episodes'],
	])('`%s` is refused', (text, message) => {
		expect(messageOf(() => parseEpisodes(text))).toBe(message);
	});

	test('fill their place in a source, padded where it says so', () => {
		expect(fillEpisode('https://h/{episode}/e{episode:03}.mkv', 7)).toBe('https://h/7/e007.mkv');
		expect(hasEpisodePlaceholder('https://h/{episode:2}')).toBe(true);
		expect(hasEpisodePlaceholder('https://h/episode')).toBe(false);
	});
});

describe('single values', () => {
	test.each([
		[() => parseId('0'), '2: `0` is no job id; ids are numbers such as 7'],
		[() => parseId('1e3'), '2: `1e3` is no job id; ids are numbers such as 7'],
		[() => parsePriority('10'), '2: the priority must be a whole number from 0 to 9, not `10`'],
		[
			() => parseBytes('--expect-size', 'big'),
			'2: --expect-size must be a size in bytes such as 1048576, 700MB or 4GiB, not `big`',
		],
		[
			() => parseBytes('--expect-size', '0'),
			'2: --expect-size must be a size in bytes such as 1048576, 700MB or 4GiB, not `0`',
		],
		[() => parseSortKey('name'), '2: cannot sort by `name`; sort by order, added, ended, size'],
	])('a wrong one is refused with what would be right (%#)', (call, message) => {
		expect(messageOf(call)).toBe(message);
	});

	test('right ones are taken', () => {
		expect([parseId('#12'), parsePriority('9'), parseBytes('x', '700MB')]).toEqual([12, 9, 700_000_000]);
		expect(parseStatuses('queued, failed')).toEqual(['queued', 'failed']);
		expect(messageOf(() => parseStatuses('queued,done'))).toMatch(/^2: there is no status `done`; there are waiting, /);
	});
});

test('a list of sources keeps its line numbers over comments, blank lines and any line end', () => {
	expect(sourceLines('\uFEFFhttps://a\r\n\r\n# note\n  https://b  \rhttps://c', 'list.txt')).toEqual([
		{source: 'https://a', place: 'list.txt:1'},
		{source: 'https://b', place: 'list.txt:4'},
		{source: 'https://c', place: 'list.txt:5'},
	]);
});

describe('what export printed', () => {
	test('is read back as it was asked for; ended jobs are left out', () => {
		const lines = [
			{
				source: 'https://a',
				provider: 'http',
				title: 'A',
				batch: 'B',
				status: 'paused',
				priority: 7,
				options: {episode: 3},
			},
			{source: 'https://b', status: 'completed'},
			{source: 'https://c', status: 'failed', output: null, expected_size: 5, checksum: 'md5:x'},
		];
		expect(readExported(`${lines.map(line => JSON.stringify(line)).join('\n')}\n`, 'q.jsonl')).toEqual({
			rows: [
				{
					batch: 'B',
					place: 'q.jsonl:1',
					request: {
						source: 'https://a',
						provider: 'http',
						title: 'A',
						priority: 7,
						isPaused: true,
						options: {episode: 3},
					},
				},
				{
					batch: undefined,
					place: 'q.jsonl:3',
					request: {source: 'https://c', expectedSize: 5, checksum: 'md5:x', options: {}},
				},
			],
			skipped: [{what: 'https://b', why: 'it is completed'}],
		});
	});

	test.each([
		['{', '2: q:1: this is no JSON; import reads what `tidegate export` printed'],
		['[]', '2: q:1: this is no JSON object; import reads what `tidegate export` printed'],
		['{}', '2: q:1: `source` is missing'],
		['{"source": 1}', '2: q:1: `source` must be a text'],
		['{"source": "x", "status": "gone"}', '2: q:1: `gone` is no status'],
		['{"source": "x", "options": {"fields": {"a": 1}}}', '2: q:1: `options.fields` must be an object of texts'],
	])('%s is refused', (text, message) => {
		expect(messageOf(() => readExported(text, 'q'))).toBe(message);
	});
});
