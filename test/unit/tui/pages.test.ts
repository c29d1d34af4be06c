import {describe, expect, test} from 'vitest';
import type {JobDetail, JobView} from '../../../source/domain/job.ts';
import type {EngineSnapshot, VolumeView} from '../../../source/domain/snapshot.ts';
import {styleOf} from '../../../source/tui/theme.ts';
import {detailsRoom} from '../../../source/tui/view/details-view.ts';
import {emptyLines, type Emptiness} from '../../../source/tui/view/empty.ts';
import {headerLine} from '../../../source/tui/view/chrome.ts';
import {detailLines} from '../../../source/tui/view/pages/details.ts';
import {diskLines} from '../../../source/tui/view/pages/disk.ts';
import {findingLines} from '../../../source/tui/view/pages/findings.ts';
import {statisticsLines} from '../../../source/tui/view/pages/statistics.ts';
import {lineText, type Line} from '../../../source/tui/view/spans.ts';
import {whyNot} from '../../../source/tui/view/why-not.ts';
import {scriptedActive, scriptedJob, scriptedNow, scriptedSnapshot} from '../../support/scripted-engine.ts';

const GB = 1e9;
const style = styleOf('mono', false);
const words = (lines: readonly Line[]): string =>
	lines
		.map(line => lineText(line))
		.join('\n')
		.replaceAll(/\s+/g, ' ');

const volume: VolumeView = {
	id: '1',
	path: '/srv/media',
	marks: {
		used: {hard: 500 * GB, pause: 450 * GB, resume: 400 * GB},
		free: {stop: 2 * GB, pause: 10 * GB, resume: 20 * GB},
	},
	level: {at: scriptedNow, used: 412 * GB, free: 212 * GB, total: 1000 * GB},
	gate: {state: 'open'},
	reserved: 6 * GB,
	timeToFull: undefined,
	fillRate: GB / 10,
	breakdown: {videos: 300 * GB, audio: 100 * GB, other: 12 * GB, empty: 0},
	walkedAt: scriptedNow - 60_000,
};
const paused = {state: 'paused', since: scriptedNow - 60_000, detail: 'above', clearSince: undefined} as const;

const snapshotOf = (change: Partial<EngineSnapshot>): EngineSnapshot => ({...scriptedSnapshot, ...change});

const isExact = (lines: readonly Line[], width: number): boolean =>
	lines.every(line => lineText(line).length === width);

describe('the page of the disk', () => {
	const active = [1, 2, 3, 4, 5, 6, 7].map(id =>
		scriptedActive(id, id, {
			title: `job ${id}`,
			progress: {bytes: 0, total: id * GB, speed: 0, eta: undefined},
		}),
	);
	const drawn = (change: Partial<VolumeView>, width = 80): string =>
		words(diskLines(snapshotOf({volumes: [{...volume, ...change}], active}), width, style));

	test('tells all marks with how far they are, at the measured rate', () => {
		const text = drawn({});
		expect(text).toContain('R opens below 400.0 GB used');
		expect(text).toContain('P closes above 450.0 GB used in 38.0 GB, 6m');
		expect(text).toContain('H stops at 500.0 GB used in 88.0 GB, 14m');
		expect(text).toContain('p closes below 10.0 GB free in 202.0 GB, 33m');
		expect(text).toContain('Fills 100.0 MB/s');
	});

	test('says what would open a closed gate', () => {
		expect(drawn({gate: paused})).toContain('To open needs 12.0 GB freed');
		expect(drawn({gate: paused, opensAt: scriptedNow + 5000})).toMatch(/nothing more: it opens at \d\d:\d\d:05/);
		expect(drawn({gate: {state: 'missing', since: scriptedNow}, level: undefined})).toContain('mount it again');
	});

	test('names the running jobs that have most reserved, and sums up the others', () => {
		const text = drawn({});
		expect(text).toMatch(/7\.0 GB job 7 6\.0 GB job 6 5\.0 GB job 5 4\.0 GB job 4 3\.0 GB job 3 3\.0 GB 2 more/);
	});

	test('shows what lies there by category, the most first, and when it was measured', () => {
		const text = drawn({});
		expect(text).toMatch(/videos .*300\.0 GB 72% audio .*100\.0 GB 24% other .*12\.0 GB 2%/);
		expect(text).not.toContain('empty');
		expect(text).toMatch(/free space at \d\d:\d\d:00, the folders at \d\d:\d\d:00/);
	});

	test('is as wide as the window, from 40 columns to 250', () => {
		for (const width of [40, 60, 80, 120, 250])
			expect(isExact(diskLines(snapshotOf({volumes: [volume], active}), width, style), width)).toBe(true);
	});
});

const detail = (change: Partial<JobView>): JobDetail => ({
	...scriptedJob(1, change),
	history: [],
	batchTitle: undefined,
	directory: '/srv/media/.tidegate/1',
});

describe('why a job does not run', () => {
	const lane = {
		id: 'http:example.org',
		provider: 'http',
		running: 0,
		limit: 4,
		breaker: 'open',
		failures: 3,
		lastSuccessAt: undefined,
		lastFailureAt: undefined,
		hold: {reason: 'breaker-open', lane: 'http:example.org', until: scriptedNow + 90_000, detail: 'refused'},
	} as const;
	test('is told with the volume, how much has to be freed there, and what else is in the way', () => {
		const job = detail({hold: {reason: 'disk-paused', volume: '1', detail: 'above the pause mark'}});
		const why = whyNot(
			job,
			snapshotOf({volumes: [{...volume, gate: paused}], lanes: [lane], isQueuePaused: true, workers: 0}),
		);
		expect(why?.remedy).toBe('When 12.0 GB are freed on /srv/media, the queue goes on by itself.');
		expect(why?.also).toEqual([
			'the whole queue is paused (P lets it go on)',
			expect.stringMatching(/^its lane http:example\.org is shut until \d\d:\d\d:30$/),
			'all 0 workers are busy',
		]);
	});

	test('is told with the lane and the instant, and the closed disk beside it', () => {
		const why = whyNot(detail({hold: lane.hold}), snapshotOf({volumes: [{...volume, gate: paused}], lanes: [lane]}));
		expect(why?.remedy).toMatch(/^The lane http:example\.org tries one job at \d\d:\d\d:30/);
		expect(why?.also).toEqual([expect.stringMatching(/^\/srv\/media is closed since .* and waits for 12\.0 GB/)]);
	});

	test('every kind of hold has a remedy of its own, in a sentence', () => {
		const until = scriptedNow + 1000;
		const holds: ReadonlyArray<JobView['hold']> = [
			{reason: 'stopping'},
			{reason: 'paused'},
			{reason: 'queue-paused'},
			{reason: 'no-scheduler'},
			{reason: 'still-ending'},
			{reason: 'workers-busy', running: 3, workers: 3},
			{reason: 'retry-later', until},
			{reason: 'lane-busy', lane: 'x', running: 1, limit: 1},
			{reason: 'lane-paced', lane: 'x', until},
			{reason: 'lane-cooling', lane: 'x', until, detail: 'd'},
			{reason: 'breaker-open', lane: 'x', until, detail: 'd'},
			{reason: 'probing', lane: 'x', probe: undefined},
			{reason: 'tool-missing', lane: 'x', until, detail: 'd'},
			{reason: 'volume-missing', volume: '1'},
			{reason: 'disk-paused', volume: '1', detail: 'd'},
			{reason: 'no-room', volume: '1', needs: 9, room: 3},
			{reason: 'larger-than-mark', volume: '1', needs: 9, mark: 3},
		];
		const remedies = holds.map(hold => whyNot(detail({hold}), scriptedSnapshot)?.remedy ?? '');
		for (const remedy of remedies) expect(remedy).toMatch(/^[A-Z].{15,}\.$/);
		expect(new Set(remedies).size).toBe(remedies.length);
	});

	test('stands at the top of the details, before everything that does not change', () => {
		const job = detail({hold: lane.hold, error: {code: 'tls', class: 'transient', message: 'bad certificate'}});
		const text = words(
			detailLines({id: job.id, detail: job, isLoading: false, problem: undefined}, scriptedSnapshot, 80, style),
		);
		expect(text).toMatch(/State .* Waits .* Until .* Failure bad certificate Helps Check the date .* Source /);
	});
});

describe('the details', () => {
	test('tell of each attempt how it ended, how long it took and what it brought', () => {
		const job: JobDetail = {
			...scriptedJob(1),
			batchTitle: 'Season 1',
			directory: '/d',
			history: [
				{
					number: 1,
					token: 't' as never,
					owner: 'o' as never,
					startedAt: scriptedNow - 90_000,
					endedAt: scriptedNow - 30_000,
					outcome: 'defer',
					error: {code: 'stalled', class: 'transient', message: 'no bytes for 60 s'},
					bytes: 3_000_000,
				},
			],
		};
		const watched = {id: job.id, detail: job, isLoading: false, problem: undefined};
		const text = words(detailLines(watched, scriptedSnapshot, 80, style));
		expect(text).toMatch(/Attempts 1 1 \d\d:\d\d:30 1m 00s to retry 3\.0 MB stalled: no bytes for 60 s/);
	});

	test('of a removed job say that it was removed', () => {
		const watched = {id: 1 as never, detail: undefined, isLoading: false, problem: undefined};
		expect(words(detailLines(watched, scriptedSnapshot, 80, style))).toContain('This job was removed');
	});

	test('give the log what the facts leave, and tabs where there is no room for both', () => {
		expect(detailsRoom(30, 10, 'facts')).toEqual({facts: 10, log: 19, part: 'log'});
		expect(detailsRoom(20, 40, 'facts')).toEqual({facts: 11, log: 8, part: 'facts'});
		expect(detailsRoom(20, 40, 'log')).toEqual({facts: 6, log: 13, part: 'log'});
		expect(detailsRoom(6, 40, 'facts')).toEqual({facts: 5, log: 0, part: 'facts'});
		expect(detailsRoom(6, 40, 'log')).toEqual({facts: 0, log: 5, part: 'log'});
	});

	test('leave to the facts what a short log that does not grow any more does not need', () => {
		expect(detailsRoom(20, 40, 'facts', 2)).toEqual({facts: 16, log: 3, part: 'facts'});
		expect(detailsRoom(20, 40, 'facts', 500)).toEqual({facts: 11, log: 8, part: 'facts'});
	});

	test('take exactly the rows that there are, whatever the window', () => {
		for (let height = 0; height < 60; height++)
			for (const facts of [0, 1, 5, 30, 100])
				for (const part of ['facts', 'log'] as const) {
					for (const still of [undefined, 0, 3, 1000]) {
						const room = detailsRoom(height, facts, part, still);
						expect(room.facts + room.log).toBe(Math.max(0, height - 1));
						expect(Math.min(room.facts, room.log)).toBeGreaterThanOrEqual(0);
					}
				}
	});
});

describe('findings', () => {
	const state = {
		isLooking: false,
		problem: undefined,
		findings: [
			{
				name: 'ghost',
				provider: 'ghost',
				ok: false,
				detail: 'it is not installed',
				fix: 'apt install ghost',
				waiting: 2,
			},
			{name: 'node', ok: true, detail: 'v24', fix: undefined},
		],
	};

	test('tell each problem with what to do, and how many jobs wait for it', () => {
		const text = words(findingLines(state, 80, style));
		expect(text).toMatch(/! 1 problem ✗ ghost problem 2 jobs wait for it What it is not installed To do apt install/);
		expect(text).toContain('✓ node v24');
	});

	test('are as wide as the window', () => {
		for (const width of [40, 80, 250]) expect(isExact(findingLines(state, width, style), width)).toBe(true);
	});

	test('that cannot be had say why', () => {
		const broken = {...state, findings: undefined, problem: 'the line is cut'};
		expect(words(findingLines(broken, 80, style))).toContain('could not be looked at: the line is cut');
	});
});

const nothing = {findings: undefined, isLooking: true, problem: undefined};
const drawnEmpty = (change: Partial<Emptiness>, width = 80, height = 12): string =>
	words(
		emptyLines(
			{
				pane: 'queued',
				snapshot: scriptedSnapshot,
				held: {problem: undefined, isLoading: false},
				filter: '',
				findings: nothing,
				isAlone: false,
				...change,
			},
			{width, height},
			style,
		),
	);
const busy = snapshotOf({counts: {...scriptedSnapshot.counts, queued: 3}});
const whyIdle = (change: Partial<EngineSnapshot>): string =>
	drawnEmpty({pane: 'active', snapshot: {...busy, ...change}});

describe('an empty pane', () => {
	test('tells in the first minute how to add, where files go and what was found; short in 40 columns', () => {
		const snapshot = snapshotOf({volumes: [volume]});
		const findings = {
			...nothing,
			findings: [{name: 'aria2', provider: 'aria2', ok: true, detail: '', fix: undefined}],
		};
		expect(drawnEmpty({snapshot, findings})).toMatch(
			/paste .* a to write .* tidegate add .* \/srv\/media, 212.* ✓ aria2/,
		);
		const small = drawnEmpty({snapshot, findings, pane: 'active', isAlone: true}, 40, 7);
		expect(small).toMatch(/The queue is empty\. To add: · paste .* · a to write .*\/srv\/media ✓ 1 tool/);
		expect(small).not.toContain('…');
	});

	test('says why nothing runs: the disk, the pause, a lane with its instant, or no scheduler', () => {
		expect(whyIdle({volumes: [{...volume, gate: paused}]})).toContain('waits for 12.0 GB to be freed on media');
		expect(whyIdle({isQueuePaused: true})).toContain('P lets it go on');
		expect(whyIdle({isScheduling: false})).toContain('tidegate run');
		expect(whyIdle({})).toContain('the queue says why for each job');
	});

	test('says what a filter hides, and how to clear it', () => {
		expect(drawnEmpty({filter: 'xyz', snapshot: busy})).toContain('matches "xyz"; Esc clears');
	});
});

const header = (change: Partial<EngineSnapshot>, width: number): string =>
	lineText(headerLine(snapshotOf(change), width, false, style));

describe('the header', () => {
	const history = Array.from({length: 60}, (_, second) => (second < 30 ? 0 : 5_000_000));
	const shut = {
		id: 'a',
		provider: 'a',
		running: 0,
		limit: 1,
		breaker: 'open',
		failures: 3,
		lastSuccessAt: undefined,
		lastFailureAt: undefined,
		hold: {reason: 'breaker-open', lane: 'a', until: scriptedNow + 60_000, detail: 'x'},
	} as const;

	test('has the last minute in it, however few its cells', () => {
		for (const [width, cells] of [
			[40, 10],
			[80, 20],
			[120, 30],
			[160, 60],
		] as const) {
			const line = header({rateHistory: history, rate: 5_000_000, at: 59_999}, width);
			const spark = /[▁█]+/.exec(line)?.[0] ?? '';
			expect(spark).toBe('▁'.repeat(cells / 2) + '█'.repeat(cells / 2));
			expect(line).toHaveLength(width);
		}
	});

	test('moves that picture on only when a whole cell is full', () => {
		const at = 60_000;
		const [first, second] = [0, 1].map(later =>
			header({rateHistory: [...history.slice(later), ...history.slice(0, later)], at: at + 1000 * later - 1}, 80),
		);
		expect(first?.replaceAll(/[^▁█]/g, '').length).toBe(second?.replaceAll(/[^▁█]/g, '').length);
	});

	test('tells of lanes that are shut, and until when where there is room', () => {
		const open = {...shut, id: 'b', hold: undefined, breaker: 'closed'} as const;
		expect(header({lanes: [open]}, 80)).toContain('1 lane open');
		expect(header({lanes: [shut, open]}, 80)).toContain('! 1 of 2 lanes shut');
		expect(header({lanes: [shut, open]}, 130)).toMatch(/1 of 2 lanes shut until \d\d:\d\d:00/);
	});
});

test('statistics tell of the commonest failures what helps', () => {
	const statistics = {
		counts: {...scriptedSnapshot.counts, completed: 3, failed: 1},
		successRate: 0.75,
		sizes: undefined,
		batches: [],
		topErrors: [{code: 'connection-refused', message: 'nothing answers', count: 1}],
	};
	const text = words(statisticsLines(statistics, scriptedSnapshot, 80, style));
	expect(text).toContain('75.0%: 3 completed, 1 failed');
	expect(text).toContain('connection-refused: nothing answers Check host and port of the address');
});
