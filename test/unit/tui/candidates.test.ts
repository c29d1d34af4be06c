import {describe, expect, test} from 'vitest';
import type {Candidate} from '../../../source/domain/candidate.ts';
import type {JobDetail} from '../../../source/domain/job.ts';
import {cellWidth} from '../../../source/tui/format.ts';
import {styleOf} from '../../../source/tui/theme.ts';
import {candidateLines} from '../../../source/tui/view/pages/candidates.ts';
import {detailLines} from '../../../source/tui/view/pages/details.ts';
import {lineText} from '../../../source/tui/view/spans.ts';
import {scriptedJob, scriptedSnapshot} from '../../support/scripted-engine.ts';

const style = styleOf('mono', false);

const candidates: readonly Candidate[] = [
	{
		source: 'slskd://a/x.flac?size=1',
		peer: 'first peer',
		file: 'Music\\Artist\\01 - Song.flac',
		size: 30_000_000,
		score: 91.4,
		reasons: ['title 100 %', 'flac 16 bit'],
		state: {is: 'failed', reason: 'the peer is offline'},
	},
	{
		source: 'slskd://b/x.mp3?size=1',
		peer: 'zweiter\u001B[31m 日本語のとても長い名前',
		file: 'x\\01 - Song.mp3',
		size: 9_000_000,
		score: 70,
		reasons: ['title 100 %', 'mp3 320 kbit/s'],
		state: {is: 'tried'},
	},
	{
		source: 'slskd://c/x.mp3?size=1',
		peer: 'third',
		file: 'x\\Song.mp3',
		size: 8_000_000,
		score: 60.2,
		reasons: ['no free slot'],
		state: {is: 'untried'},
	},
];

describe('candidates in the details', () => {
	test('stand best first with score, state, size, peer and file, and say why', () => {
		const lines = candidateLines(candidates, 100, style).map(line => lineText(line).trim());
		expect(lines.filter(line => line !== '')).toEqual([
			'Candidates 3',
			expect.stringMatching(/^1 {3}91 {2}failed +30\.0 MB {2}first peer: 01 - Song\.flac$/) as string,
			'the peer is offline',
			expect.stringMatching(/^2 {3}70 {2}tried +9\.0 MB {2}zweiter 日本語のとても長い名前: 01 - Song\.mp3$/) as string,
			'title 100 %, mp3 320 kbit/s',
			expect.stringMatching(/^3 {3}60 {2}untried +8\.0 MB {2}third: Song\.mp3$/) as string,
		]);
	});

	test('are cut to the cells of the window', () => {
		for (const width of [20, 40, 80, 250]) {
			for (const line of candidateLines(candidates, width, style)) expect(cellWidth(lineText(line))).toBe(width);
		}
	});

	test('come after the facts and before the attempts, and nothing is said where there are none', () => {
		const job: JobDetail = {...scriptedJob(1), batchTitle: undefined, directory: '/d', history: [], candidates};
		const drawn = (detail: JobDetail): string =>
			detailLines({id: job.id, detail, isLoading: false, problem: undefined}, scriptedSnapshot, 80, style)
				.map(line => lineText(line))
				.join('\n');
		expect(drawn(job)).toMatch(/State[^]*Candidates 3[^]*No attempt yet/);
		expect(drawn({...job, candidates: []})).not.toContain('Candidates');
	});
});
