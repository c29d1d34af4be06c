import {describe, expect, test} from 'vitest';
import type {AddRequest, Provider} from '../../../source/engine/ports.ts';
import {toJob} from '../../../source/engine/admit.ts';
import {gated} from '../../../source/pipeline/gate.ts';
import {rowOfJob, toRequest, withoutMark, type QueuedRow} from '../../../source/pipeline/request.ts';
import {createAniCliProvider} from '../../../source/providers/ani-cli/index.ts';
import {hostileTexts} from '../../support/hostile-text.ts';

const row: QueuedRow = {
	anime: 7,
	episode: 3,
	mal: 5114,
	title: 'Fullmetal Alchemist: Brotherhood',
	season: undefined,
	year: 2009,
	priority: 0,
	updatedAt: undefined,
	maxRetries: undefined,
	selection: {
		index: 2,
		query: 'Fullmetal Alchemist',
		title: 'Hagane no Renkinjutsushi (64 eps)',
		confidence: 'high',
		reason: undefined,
	},
};
const output = 'videos/{mal_id}/episodes/ep{episode:03}.{ext}';
const request = (more: Partial<QueuedRow> = {}): AddRequest => {
	const made = toRequest({...row, ...more}, output);
	if ('skip' in made) throw new Error(made.skip);
	return made;
};

const provider: Provider = gated(createAniCliProvider(), async () => false);
const jobOf = (made: AddRequest) => {
	const found = toJob(made, [provider], 4);
	if ('problem' in found) throw new Error(found.problem);
	return found.job;
};

describe('a row as a job of ani-cli', () => {
	test('asks for the selected title, with the index of the catalogue that it was found in', () => {
		const made = request();
		expect(withoutMark(made.source)).toBe('ani-cli:Hagane no Renkinjutsushi');
		expect(made).toMatchObject({
			provider: 'ani-cli',
			title: 'Fullmetal Alchemist: Brotherhood 03',
			output,
			priority: 5,
			options: {
				episode: 3,
				fields: {mal_id: '5114', ani_cli_index: '2', ani_cli_version: '4', ani_cli_query: 'Fullmetal Alchemist'},
			},
		});
	});

	test('names its row again', () => {
		expect(rowOfJob(jobOf(request()))).toEqual({anime: 7, episode: 3});
	});

	test('is told from every other row, whatever the titles are, and is the same when its title changes', () => {
		const {identity} = jobOf(request());
		expect(jobOf(request({anime: 8})).identity).not.toBe(identity);
		expect(jobOf(request({episode: 4})).identity).not.toBe(identity);
		expect(jobOf(request({mal: 5115})).identity).not.toBe(identity);
		const other = {...row.selection, index: 9, query: 'x', title: 'Another', confidence: 'low', reason: 'y'};
		expect(jobOf(request({title: 'Renamed', selection: other})).identity).toBe(identity);
	});

	test('the priorities of the pipeline keep their order', () => {
		const priorities = [-100, -3, -1, 0, 1, 4, 1000].map(priority => request({priority}).priority ?? 0);
		expect(priorities).toEqual([0, 2, 4, 5, 6, 9, 9]);
	});

	test('has as many attempts as its row has retries, and one more; by the configuration where it says nothing', () => {
		const attempts = [undefined, 0, 1, 3, 7, -5, 1_000_000].map(maxRetries => jobOf(request({maxRetries})).maxAttempts);
		expect(attempts).toEqual([4, 1, 2, 4, 8, 1, 100]);
	});

	test('a series without a number in MyAnimeList has a folder of its own all the same', () => {
		expect(request({mal: undefined}).options?.fields?.['mal_id']).toBe('anime-7');
	});

	test('hostile titles become jobs, and name their row', () => {
		const next = hostileTexts(1);
		for (let count = 0; count < 300; count++) {
			const text = next();
			const made = toRequest({...row, title: text, selection: {...row.selection!, title: text, query: text}}, output);
			if ('skip' in made) continue;
			expect(rowOfJob(jobOf(made))).toEqual({anime: 7, episode: 3});
		}
	});

	test.each(['-rf --exec', "It's", '$(touch x) `y`', 'AC/DC', '漢字 🐙', 'x'.repeat(300), '#anime=1&mal=2'])(
		'the title %s is what the provider is asked for',
		title => {
			expect(withoutMark(request({title, selection: undefined}).source)).toBe(`ani-cli:${title}`);
		},
	);
});

describe('a row that is left out', () => {
	test.each<[confidence: string, index: number]>([
		['no_candidates', -1],
		['low', -1],
		['no_candidates', 1],
		['high', 0],
	])('confidence %s with index %i', (confidence, index) => {
		const selection = {...row.selection!, confidence, index, reason: 'a recap'};
		expect(toRequest({...row, selection}, output)).toEqual({skip: 'no candidates: a recap'});
	});

	test('one without any title', () => {
		expect(toRequest({...row, title: ' \u0000', selection: undefined}, output)).toEqual({skip: 'the row has no title'});
	});
});
