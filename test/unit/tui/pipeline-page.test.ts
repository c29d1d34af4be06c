import {describe, expect, test} from 'vitest';
import type {PipelineStatistics, Statistics} from '../../../source/engine/ports.ts';
import {cellWidth} from '../../../source/tui/format.ts';
import {statistics as readOut} from '../../../source/tui/reader/listing.ts';
import type {Session} from '../../../source/tui/reader/session.ts';
import {styleOf} from '../../../source/tui/theme.ts';
import {statisticsLines} from '../../../source/tui/view/pages/statistics.ts';
import {lineText} from '../../../source/tui/view/spans.ts';
import {hostileTexts} from '../../support/hostile-text.ts';
import {scriptedSnapshot} from '../../support/scripted-engine.ts';

const pipeline: PipelineStatistics = {
	stages: {failed: 41, queued: 160_201, downloading: 5, downloaded: 812, complete: 11_000, wondering: 7},
	success: {downloaded: 812, failed: 41, rate: 812 / 853, beyond: 11_812},
	sizes: {average: 512_345_678, least: 61_000_000, most: 2_100_000_000},
	series: [
		{title: 'Hagane no Renkinjutsushi', episodes: 64, downloaded: 60, failed: 2},
		{title: '漢字の題名はとても長いので一行には収まりません', episodes: 12, downloaded: 12, failed: 0},
	],
	topErrors: [
		{message: 'no candidates: a recap', count: 30},
		{message: '', count: 11},
	],
	failures: [{title: 'Mushishi', episode: 7, message: 'no-artefact: it ended with 0 and left no file'}],
	selections: {total: 8600, high: 8000},
};

const statistics: Statistics = {
	counts: {...scriptedSnapshot.counts, completed: 3, failed: 1},
	successRate: 0.75,
	sizes: undefined,
	batches: [],
	topErrors: [],
	pipeline,
};

const linesAt = (width: number, hasUnicode = true, asked: Statistics = statistics): readonly string[] =>
	statisticsLines(asked, scriptedSnapshot, width, styleOf('mono', hasUnicode)).map(line => lineText(line));

const words = (lines: readonly string[]): string => lines.join('\n').replaceAll(/\s+/g, ' ');

describe('the pipeline on the page of statistics', () => {
	test.each([40, 80])('answers each question of its document in %i columns', width => {
		const text = words(linesAt(width));
		expect(text).toContain('Pipeline, 172,066 rows');
		expect(text).toMatch(
			/queued 160,201 .* downloading 5 .* downloaded 812 .* complete 11,000 .* failed 41 .* wondering 7/,
		);
		expect(text).toContain('95.19%: 812 downloaded, 41 failed;');
		// Also the last figure of a line.
		expect(text).toMatch(/completed 3 \S+ 75% /);
		expect(text).toContain('11,812 have their video');
		expect(text).toContain('512.3 MB on average, 61.0 MB to 2.1 GB');
		expect(text).toContain('8,600 series, 8,000 of them for sure');
		expect(text).toContain('60 of 64, 2 failed');
		expect(text).toContain('12 of 12');
		expect(text).toContain('30 no candidates: a recap');
		expect(text).toContain('11 without a word');
		expect(text).toMatch(/Mushishi 7 no-artefact/);
	});

	test.each([30, 40, 60, 80, 120, 250])('fills lines of %i cells exactly, whatever the titles are', width => {
		const next = hostileTexts(width);
		const hostile = {
			...statistics,
			pipeline: {
				...pipeline,
				stages: {...pipeline.stages, [next()]: 1},
				series: Array.from({length: 20}, () => ({title: next(), episodes: 1e6, downloaded: 1e6, failed: 1e6})),
				topErrors: Array.from({length: 5}, () => ({message: next(), count: 1e6})),
				failures: Array.from({length: 10}, () => ({title: next(), episode: 12.5, message: next()})),
			},
		};
		for (const hasUnicode of [true, false]) {
			for (const line of linesAt(width, hasUnicode, hostile)) expect(cellWidth(line), line).toBe(width);
		}
	});

	test('is left out where there is none', () => {
		const {pipeline: _left, ...others} = statistics;
		expect(words(linesAt(80, true, others))).not.toContain('Pipeline');
	});

	test('is empty at first, and says so', () => {
		const empty = {
			stages: {},
			success: {downloaded: 0, failed: 0, rate: undefined, beyond: 0},
			sizes: undefined,
			series: [],
			topErrors: [],
			failures: [],
			selections: undefined,
		};
		expect(words(linesAt(40, true, {...statistics, pipeline: empty}))).toContain('no row is downloaded or failed');
	});
});

test('is read out, one thing in a line', async () => {
	const heard: string[] = [];
	const session = {
		engine: {statistics: async () => statistics},
		enumerate: (title: string, lines: readonly string[]) => heard.push(title, ...lines),
	};
	await readOut(session as unknown as Session);
	expect(heard.join('\n')).toContain('the pipeline has 172,066 rows: 160,201 queued, 5 downloading, 812 downloaded');
	expect(heard).toContain('series Hagane no Renkinjutsushi, 60 of 64 downloaded, 2 failed');
	expect(heard.filter(line => line.includes('of the pipeline: '))).toHaveLength(5);
});
