import {describe, expect, test} from 'vitest';
import {episodesOf, metadataText, type Episode, type Series} from '../../../source/pipeline/metadata.ts';

const series: Series = {
	anime: 7,
	mal: 5114,
	title: 'A\u001B[31m title',
	english: undefined,
	japanese: '題',
	synonyms: ['x\n'],
	episodes: 64,
};
const episode = (number: number, size = 10, more: Partial<Episode> = {}): Episode => ({
	episode: number,
	file: `episodes/ep${number}.mp4`,
	size,
	sha256: null,
	duration_seconds: null,
	languages: null,
	completed_at: '2025-11-13T10:00:00.000Z',
	...more,
});

describe('metadata.json', () => {
	test('keeps what was there, in the order of the episodes, each once', () => {
		const first = metadataText(series, [], episode(2));
		const known = episodesOf(first, series) ?? [];
		const second = metadataText(series, known, episode(1));
		const third = metadataText(series, episodesOf(second, series) ?? [], episode(2, 99));
		expect(episodesOf(third, series)?.map(one => [one.episode, one.size])).toEqual([
			[1, 10],
			[2, 99],
		]);
	});

	test('names the languages of all episodes, each once, as far as they are known', () => {
		const first = metadataText(series, [], episode(1));
		expect(JSON.parse(first)).toMatchObject({languages: null});
		const languages = {audio: ['jpn', 'deu'], subtitles: ['eng']};
		const second = metadataText(series, episodesOf(first, series) ?? [], episode(2, 10, {languages}));
		const more = {audio: ['jpn', 'fra'], subtitles: []};
		const third = metadataText(series, episodesOf(second, series) ?? [], episode(3, 10, {languages: more}));
		expect(JSON.parse(third)).toMatchObject({languages: {audio: ['deu', 'fra', 'jpn'], subtitles: ['eng']}});
	});

	test('goes on from one of an earlier version, which knew nothing of languages', () => {
		const old = '{"generator":"tidegate","ids":{"anime_id":7,"mal_id":5114},"episodes":[{"episode":1,"file":"a"}]}';
		const strange = old.replace('"file":"a"', '"file":"a","languages":{"audio":[7]}');
		for (const text of [old, strange]) {
			const known = episodesOf(text, series) ?? [];
			expect(JSON.parse(metadataText(series, known, episode(2)))).toMatchObject({languages: null});
		}
	});

	test('holds no control characters', () => {
		expect(JSON.parse(metadataText(series, [], episode(1)))).toMatchObject({
			titles: {title: 'A title', synonyms: ['x']},
		});
	});

	test.each([
		'',
		'null',
		'[]',
		'{"generator":"other"}',
		'{"generator":"tidegate","ids":{"anime_id":8,"mal_id":5114}}',
		'x{',
	])('%j is not ours to write', text => {
		expect(episodesOf(text, series)).toBeUndefined();
	});

	test('entries that are none are left out', () => {
		const text = '{"generator":"tidegate","ids":{"anime_id":7,"mal_id":5114},"episodes":[1,null,{"episode":1}]}';
		expect(episodesOf(text, series)).toEqual([]);
	});
});
