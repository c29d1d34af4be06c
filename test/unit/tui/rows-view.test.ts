import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {noCounts} from '../../../source/domain/batch.ts';
import type {BatchId, JobView} from '../../../source/domain/job.ts';
import {cellWidth} from '../../../source/tui/format.ts';
import {paneIds, type PaneId} from '../../../source/tui/layout.ts';
import type {BatchRow} from '../../../source/tui/rows.ts';
import {styleOf} from '../../../source/tui/theme.ts';
import {batchRowMaker} from '../../../source/tui/view/batch-rows.ts';
import {rowMaker} from '../../../source/tui/view/job-rows.ts';
import {lineText} from '../../../source/tui/view/spans.ts';
import {scriptedActive, scriptedJob, scriptedNow} from '../../support/scripted-engine.ts';

const style = styleOf('mono', false);

const jobIn = (pane: PaneId, title: string): JobView =>
	({
		active: scriptedActive(1, 12, {
			title,
			provider: 'aniworld',
			progress: {bytes: 4e8, total: 9.6e8, speed: 4.1e6, eta: 161_000},
			attempts: 1,
		}),
		queued: scriptedJob(1, {
			title,
			priority: 7,
			expectedSize: 6.1e9,
			hold: {reason: 'disk-paused', volume: '1', detail: 'above the pause mark'},
		}),
		failed: scriptedJob(1, {
			title,
			status: 'failed',
			endedAt: 5,
			error: {code: 'not-found', class: 'permanent', message: 'the server answered 404 for this address'},
		}),
		done: scriptedJob(1, {title, status: 'completed', size: 3.1e8, endedAt: scriptedNow, ranFor: 60_000}),
	})[pane];

const batch = (title: string, change: Partial<BatchRow['batch']> = {}): BatchRow => ({
	kind: 'batch',
	key: 'b1',
	isOpen: false,
	batch: {
		id: 1 as BatchId,
		title,
		createdAt: 1,
		counts: {...noCounts, completed: 12, queued: 13, failed: 1},
		bytes: 4.2e9,
		hold: undefined,
		...change,
	},
});

const titles = fc.oneof(
	fc.string({unit: 'grapheme', maxLength: 60}),
	fc.string({unit: 'binary', maxLength: 60}),
	fc.constantFrom('進撃の巨人 The Final Season 第75話「天地」', '👩‍👩‍👧‍👦 family 🎓', 'plain', ''),
);

// Mutation seen to fail: columns that are cut by characters and not by cells.
test('rows of jobs and batches fill their width to the cell, whatever the titles', () => {
	fc.assert(
		fc.property(fc.constantFrom(...paneIds), fc.integer({min: 37, max: 299}), titles, (pane, width, title) => {
			const job = lineText(rowMaker(pane, width, scriptedNow, style)(jobIn(pane, title)));
			expect(cellWidth(job)).toBe(width);
			if (pane !== 'active')
				expect(
					cellWidth(lineText(batchRowMaker(pane, width, {at: scriptedNow, active: []}, style)(batch(title)))),
				).toBe(width);
		}),
		{numRuns: 400},
	);
});

const rowOf = (pane: PaneId, width: number): string =>
	lineText(rowMaker(pane, width, scriptedNow, style)(jobIn(pane, 'Frieren: Beyond the End - 07 - Like a Fairy Tale')));

test('in narrow panes what a job is and why it waits, failed or how far it is stay to be read', () => {
	expect(rowOf('active', 39)).toBe('↓ Frieren: Be…airy Tale  41%   4.1 MB/s');
	expect(rowOf('queued', 39)).toMatch(/^· Frieren:.*… ?[a-z ]*Tale +disk: above th… p7$/);
	expect(rowOf('failed', 39)).toMatch(/^✗ Frieren:.*… ?[a-z ]*Tale +the server answere?…$/);
	expect(rowOf('done', 39)).toMatch(/^✓ Frieren:.*….*Tale +310\.0 MB \d\d:\d\d:\d\d +$/);
});

test('where there is room rows tell everything', () => {
	expect(rowOf('active', 249)).toMatch(
		/^12 ↓ Frieren: .* [━╸─]{40} {2}41% +4\.1 MB\/s +2m 41s +2\/5 aniworld downloading +400\.0 MB of 960\.0 MB$/,
	);
	expect(rowOf('queued', 119)).toMatch(/disk: above the pause mark +p7 +6\.1 GB http +$/);
	expect(rowOf('failed', 249)).toMatch(/permanent +the server answered 404 for this address +0\/5 Check the address/);
	expect(rowOf('done', 119)).toMatch(/310\.0 MB +5\.2 MB\/s \d\d:\d\d:\d\d +$/);
});

test('the row of a batch tells its progress, what failed, and what it waits for', () => {
	const row = (pane: PaneId, width: number, change: Partial<BatchRow['batch']> = {}): string =>
		lineText(
			batchRowMaker(pane, width, {at: scriptedNow, active: []}, style)(batch('Frieren, season 1', change)),
		).trimEnd();
	expect(row('queued', 79)).toBe('▸ Frieren, season 1          ━━━━╸─────     12/26 1 failed  next');
	expect(row('queued', 119, {hold: {reason: 'queue-paused'}})).toMatch(/12\/26 1 failed +4\.2 GB the queue is paused$/);
	expect(row('queued', 79, {counts: {...noCounts, completed: 1, downloading: 2, queued: 4}})).toMatch(
		/1\/7 .* 2 running$/,
	);
	expect(row('queued', 39)).toBe('▸ Frieren,…son 1     12/26 next');
	expect(row('done', 79)).toMatch(/^▸ Frieren, season 1 +━━━━╸───── +12\/26 1 failed +4\.2 GB$/);
	const opened = {...batch('open'), isOpen: true};
	expect(lineText(batchRowMaker('done', 60, {at: scriptedNow, active: []}, style)(opened))).toMatch(/^▾ open/);
});

test('the row of a batch counts what its running jobs have, and nothing of others', () => {
	const active = [
		scriptedActive(1, 1, {batch: 1 as BatchId, progress: {bytes: 5e8, total: 1e9, speed: 0, eta: undefined}}),
		scriptedActive(2, 2, {batch: 2 as BatchId, progress: {bytes: 9e9, total: 9e9, speed: 0, eta: undefined}}),
	];
	const counts = {...noCounts, completed: 1, downloading: 1};
	const row = batchRowMaker('queued', 119, {at: scriptedNow, active}, style)(batch('Album', {counts, bytes: 1e9}));
	expect(lineText(row)).toMatch(/━{7}╸── +1\/2 +1\.5 GB 1 running/);
});
