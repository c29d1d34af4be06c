import {describe, expect, test} from 'vitest';
import {admit} from '../../../source/engine/admit.ts';
import {createAniworldProvider} from '../../../source/providers/aniworld/index.ts';
import {createHttpProvider} from '../../../source/providers/http/index.ts';
import type {AddRequest} from '../../../source/engine/ports.ts';
import {expand} from '../../../source/tui/adding/expand.ts';

const base = 'https://aniworld.to/anime/stream/some-series';
const http = createHttpProvider({} as Parameters<typeof createHttpProvider>[0]);
const jobsOf = (...requests: readonly AddRequest[]) => admit(requests, [createAniworldProvider(), http], 4);

describe('episodes of aniworld as they are added', () => {
	test('the address tells title, season and episode, and all its spellings are one job', () => {
		const {jobs, bad} = jobsOf(
			{source: `${base}/staffel-1/episode-3`},
			{
				source: 'http://www.aniworld.to/ANIME/stream/Some-Series/staffel-01/episode-3/?x=1',
				options: {language: 'german dub'},
			},
			{source: `${base}/staffel-1/episode-3`, options: {language: 'German Sub', hoster: 'voe'}, title: 'Mine'},
			{source: `${base}/staffel-1/episode-3`, options: {language: 'German Sub', hoster: 'Vidmoly'}},
		);
		expect(bad).toEqual([]);
		expect(jobs[0]).toMatchObject({
			title: 'Some Series S01E003',
			provider: 'aniworld',
			lane: 'aniworld',
			options: {language: 'German Dub', fields: {series: 'Some Series', season: '1', episode: '3'}},
		});
		expect(jobs[1]?.identity).toBe(jobs[0]?.identity);
		expect(jobs[2]).toMatchObject({title: 'Mine', options: {language: 'German Sub', hoster: 'VOE'}});
		expect(jobs[2]?.identity).not.toBe(jobs[0]?.identity);
		// From where it comes makes no other thing of it.
		expect(jobs[3]?.identity).toBe(jobs[2]?.identity);
	});

	test('a season is refused with what is missing; other pages of the site are nothing of its', () => {
		const {jobs, bad} = jobsOf({source: `${base}/staffel-1`}, {source: 'https://aniworld.to/public/img/cover.jpg'});
		expect(bad).toMatchObject([{index: 0, problem: expect.stringContaining('say which episodes with --episodes')}]);
		expect(jobs).toMatchObject([{provider: 'http'}]);
	});
});

describe('a season in the field of the screen', () => {
	const manner = {common: {priority: 7}, episodes: [1, 2], problem: undefined, key: ''};

	test('becomes its episodes', () => {
		expect(expand(`${base}/staffel-2/`, manner)).toEqual({
			requests: [1, 2].map(episode => ({priority: 7, source: `${base}/staffel-2/episode-${episode}`})),
		});
	});

	test('says what is missing', () => {
		const none = {...manner, episodes: undefined};
		expect(expand(`${base}/staffel-2`, none)).toEqual({
			problem: expect.stringContaining('say which episodes, such as 1-12'),
		});
		expect(expand(base, manner)).toEqual({problem: expect.stringContaining('/staffel-1 or /filme')});
		expect(expand(`${base}/staffel-2`, {...none, problem: 'Episodes: odd'})).toEqual({problem: 'Episodes: odd'});
		expect(expand(`${base}/filme/film-1`, none)).toEqual({requests: [{priority: 7, source: `${base}/filme/film-1`}]});
	});
});
