import {describe, expect, test} from 'vitest';
import type {Gate} from '../../../source/domain/disk-guard.ts';
import type {Hold} from '../../../source/domain/hold.ts';
import type {Job, JobId} from '../../../source/domain/job.ts';
import type {Lane} from '../../../source/domain/lane.ts';
import {
	explain,
	holdOfLane,
	holdOfQueue,
	plan,
	reservedOn,
	type Running,
	type World,
} from '../../../source/domain/plan.ts';
import {jobWith, laneWith, now, volumeWith, worldWith} from '../../support/arbitraries.ts';

const runningWith = (changes: Partial<Omit<Running, 'id'>> & {readonly id: number}): Running => ({
	lane: 'l1',
	volume: 'v1',
	bytes: 0,
	total: undefined,
	startedAt: now,
	isSettling: false,
	...changes,
	id: changes.id as JobId,
});

const withLane = (changes: Partial<Lane>): World =>
	worldWith({lanes: new Map([['l1', laneWith({id: 'l1', ...changes})]])});

const withGate = (gate: Gate): World => worldWith({volumes: new Map([['v1', volumeWith({id: 'v1', gate})]])});

const limits = {maxActive: 2, startInterval: 100, breaker: {threshold: 3, openFor: 1000}};
const open = {state: 'open', failures: 3, detail: 'HTTP 503', openings: 1} as const;
const job = jobWith({id: 1});
const one = [runningWith({id: 9})];

const cases: ReadonlyArray<readonly [string, Job, World, Hold | undefined]> = [
	['is free in a quiet world', job, worldWith(), undefined],
	['waits for the scheduler to stop', job, worldWith({isStopping: true}), {reason: 'stopping'}],
	['waits for the queue', job, worldWith({isQueuePaused: true}), {reason: 'queue-paused'}],
	['waits for the person who paused it', jobWith({id: 1, status: 'paused'}), worldWith(), {reason: 'paused'}],
	['that is being paused waits as well', jobWith({id: 1, status: 'pausing'}), worldWith(), {reason: 'paused'}],
	['that has ended is not held', jobWith({id: 1, status: 'completed'}), worldWith({isStopping: true}), undefined],
	[
		'waits for a worker',
		job,
		worldWith({workers: 1, running: [runningWith({id: 9, lane: 'l2'})]}),
		{reason: 'workers-busy', running: 1, workers: 1},
	],
	[
		'waits for its retry and says why it failed',
		jobWith({id: 1, retryAt: now + 1, error: {code: 'timeout', message: 'no answer', class: 'transient'}}),
		worldWith(),
		{reason: 'retry-later', until: now + 1, detail: 'no answer'},
	],
	['is free when its retry has come', jobWith({id: 1, retryAt: now}), worldWith(), undefined],
	[
		'waits for its lane',
		job,
		worldWith({running: [...one, runningWith({id: 8})]}),
		{reason: 'lane-busy', lane: 'l1', running: 2, limit: 2},
	],
	[
		'waits for the pace of its lane',
		job,
		withLane({limits, lastStartAt: now - 40}),
		{reason: 'lane-paced', lane: 'l1', until: now + 60},
	],
	['is free when the pace allows', job, withLane({limits, lastStartAt: now - 100}), undefined],
	[
		'waits while its lane cools down',
		job,
		withLane({coolUntil: now + 5, coolDetail: 'HTTP 429'}),
		{reason: 'lane-cooling', lane: 'l1', until: now + 5, detail: 'HTTP 429'},
	],
	[
		'waits for an open breaker',
		job,
		withLane({breaker: {...open, until: now + 5}}),
		{reason: 'breaker-open', lane: 'l1', until: now + 5, detail: 'HTTP 503'},
	],
	['may probe a half-open breaker', job, withLane({breaker: {...open, until: now}}), undefined],
	[
		'waits for the probe of another',
		job,
		{...withLane({breaker: {...open, until: now}}), running: one},
		{reason: 'probing', lane: 'l1', probe: 9 as JobId},
	],
	[
		'may probe though another has run since before the breaker opened',
		job,
		{...withLane({breaker: {...open, until: now}}), running: [runningWith({id: 9, startedAt: now - 1})]},
		undefined,
	],
	[
		'waits for a missing tool',
		job,
		withLane({missing: {what: 'tool', detail: 'yt-dlp is not installed', until: now + 5}}),
		{reason: 'tool-missing', lane: 'l1', until: now + 5, detail: 'yt-dlp is not installed'},
	],
	[
		'waits for the network as for something that comes back by itself',
		job,
		withLane({missing: {what: 'network', detail: 'no route to host', until: now + 5}}),
		{reason: 'lane-cooling', lane: 'l1', until: now + 5, detail: 'no route to host'},
	],
	[
		'waits for the one that looks whether the tool is back',
		job,
		{...withLane({missing: {what: 'tool', detail: 'gone', until: now}}), running: one},
		{reason: 'probing', lane: 'l1', probe: 9 as JobId},
	],
	['of an unknown lane is free', jobWith({id: 1, lane: 'other'}), worldWith(), undefined],
	[
		'waits for a volume that nobody knows',
		jobWith({id: 1, source: 'x'}),
		worldWith(),
		{reason: 'volume-missing', volume: 'x'},
	],
	[
		'waits for a volume that is not mounted',
		job,
		withGate({state: 'missing', since: 0}),
		{reason: 'volume-missing', volume: 'v1'},
	],
	[
		'whose file is whole waits for no space: placing it takes none',
		jobWith({id: 1, total: 1e15, bytes: 1e15, placing: {artefact: 'a', target: 'a', size: 1e15, identity: '1:1'}}),
		withGate({state: 'paused', since: 0, detail: 'full', clearSince: undefined}),
		undefined,
	],
	[
		'waits for the disk, and knows when the gate may open',
		job,
		withGate({state: 'paused', since: 0, detail: 'space is back', clearSince: now - 20}),
		{reason: 'disk-paused', volume: 'v1', detail: 'space is back', until: now + 30},
	],
	[
		'waits for the disk, and names no instant that has passed',
		job,
		withGate({state: 'paused', since: 0, detail: 'space is back', clearSince: now - 80}),
		{reason: 'disk-paused', volume: 'v1', detail: 'space is back'},
	],
	[
		'waits for room beside what runs',
		jobWith({id: 1, total: 500}),
		worldWith({running: [runningWith({id: 9, bytes: 100, total: 600})]}),
		{reason: 'no-room', volume: 'v1', needs: 500, room: 400},
	],
	[
		'needs no room for what it has already',
		jobWith({id: 1, total: 500, bytes: 100}),
		worldWith({running: [runningWith({id: 9, total: 500})]}),
		undefined,
	],
	[
		'of unknown size waits where all room is promised',
		job,
		worldWith({running: [runningWith({id: 9, total: 900})]}),
		{reason: 'no-room', volume: 'v1', needs: 0, room: 0},
	],
	[
		'of unknown size starts where there is any room',
		job,
		worldWith({running: [runningWith({id: 9, total: 899})]}),
		undefined,
	],
	[
		'that can never fit says so, also while it waits for its retry',
		jobWith({id: 1, total: 901, retryAt: now + 9}),
		worldWith(),
		{reason: 'larger-than-mark', volume: 'v1', needs: 901, mark: 900},
	],
	[
		'goes by the size that a person gave',
		jobWith({id: 1, expectedSize: 901}),
		worldWith(),
		{reason: 'larger-than-mark', volume: 'v1', needs: 901, mark: 900},
	],
	['believes the tool more than the person', jobWith({id: 1, expectedSize: 901, total: 900}), worldWith(), undefined],
];

describe('a job', () => {
	test.each(cases)('%s', (_claim, itsJob, world, hold) => {
		expect(explain(itsJob, world)).toEqual(hold);
		const startable = hold === undefined && itsJob.status === 'queued';
		if (startable) expect(plan(world, [itsJob]).decisions).toEqual([{type: 'start', job: itsJob}]);
		if (hold !== undefined) expect(plan(world, [itsJob]).decisions).toEqual([]);
	});
});

test('a longer wait is told before a shorter one', () => {
	const world = {...withGate({state: 'paused', since: 0, detail: 'full', clearSince: undefined}), workers: 0};
	expect(explain(job, world)?.reason).toBe('disk-paused');
	expect(explain({...job, retryAt: now + 9}, world)?.reason).toBe('retry-later');
	expect(explain({...job, total: 5000}, world)?.reason).toBe('larger-than-mark');
	expect(holdOfQueue(world)?.reason).toBe('workers-busy');
	expect(holdOfLane('l1', world)).toBeUndefined();
});

test('a job that does not fit lets a smaller one behind it pass', () => {
	const large = jobWith({id: 1, total: 800});
	const small = jobWith({id: 2, total: 300});
	const world = worldWith({running: [runningWith({id: 9, total: 500})]});
	expect(plan(world, [large, small]).decisions).toEqual([{type: 'start', job: small}]);
});

test('what settles writes no more, but keeps its worker and its place in the lane', () => {
	const settling = [
		runningWith({id: 8, total: 900, isSettling: true}),
		runningWith({id: 9, total: 900, isSettling: true}),
	];
	expect(reservedOn('v1', settling)).toBe(0);
	expect(explain(job, worldWith({running: settling}))?.reason).toBe('lane-busy');
});

test('the latest job is stopped when a size turns out larger than the room', () => {
	const running = [
		runningWith({id: 1, total: 600, startedAt: now - 9}),
		runningWith({id: 2, total: 600, startedAt: now}),
	];
	expect(plan(worldWith({running}), []).decisions).toEqual([
		{type: 'yield', id: 2, detail: 'it does not fit under the disk mark'},
	]);
});

test('a small job is not stopped where stopping a large one is enough', () => {
	const running = [
		runningWith({id: 1, total: 700, startedAt: now - 9}),
		runningWith({id: 2, total: 600, startedAt: now - 5}),
		runningWith({id: 3, total: 10, startedAt: now}),
	];
	expect(plan(worldWith({running}), []).decisions.map(decision => 'id' in decision && decision.id)).toEqual([2]);
});

test('fewer workers stop nobody who runs', () => {
	const running = [runningWith({id: 1}), runningWith({id: 2})];
	expect(plan(worldWith({workers: 1, running}), [job]).decisions).toEqual([]);
});

test('a paced lane is looked at again when its pace allows, though its next job is not known yet', () => {
	const world = withLane({limits});
	expect(plan(world, [job])).toEqual({decisions: [{type: 'start', job}], wakeAt: now + 100});
});

test('nothing is waited for where nothing can change by itself', () => {
	expect(plan(worldWith(), []).wakeAt).toBeUndefined();
	expect(plan(worldWith({isQueuePaused: true}), [job]).wakeAt).toBeUndefined();
});
