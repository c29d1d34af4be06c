import {describe, expect, test} from 'vitest';
import {choose, roomFor, windowFor, type OpenJob} from '../../../source/pipeline/feed.ts';
import type {QueuedRow} from '../../../source/pipeline/request.ts';
import {isAbandoned, isOwnClaim, reunite, settleDownloading} from '../../../source/pipeline/settle.ts';
import {isProven} from '../../../source/pipeline/cleanup.ts';

const second = 1000;
const now = 1_700_000_000_000;
const placing = {artefact: 'a', target: 't', size: 1, identity: '1:2'};

describe('a row that is downloading while nobody does', () => {
	test('is told what its job is', () => {
		for (const status of ['queued', 'paused', 'failed', 'cancelled'] as const)
			expect(settleDownloading({status, placing: undefined, endedAt: now}, false)).toBe('tell');
		expect(settleDownloading({status: 'completed', placing: undefined, endedAt: now}, true)).toBe('tell');
	});

	test('waits for a file that is about to be put in its place', () => {
		expect(settleDownloading({status: 'queued', placing, endedAt: undefined}, false)).toBe('leave');
	});

	test('is fetched anew where the file of its job is gone', () => {
		expect(settleDownloading({status: 'completed', placing: undefined, endedAt: now}, false)).toBe('renew');
	});
});

const ended = (status: 'completed' | 'failed' | 'cancelled') => ({status, placing: undefined, endedAt: now});

describe('a queued row that has a job already', () => {
	const row = {updatedAt: undefined, wasTold: false, hasFile: false};

	test('is in line where the job is', () => {
		expect(reunite({status: 'queued', placing: undefined, endedAt: undefined}, row)).toBe('known');
	});

	test('is told of a file that is there, and never fetched twice', () => {
		expect(reunite(ended('completed'), {...row, hasFile: true, wasTold: true, updatedAt: now + 60 * second})).toBe(
			'tell',
		);
		expect(reunite(ended('completed'), row)).toBe('renew');
	});

	test.each(['failed', 'cancelled'] as const)(
		'was put back by somebody where it was told that it %s, or is newer',
		status => {
			expect(reunite(ended(status), {...row, wasTold: true})).toBe('retry');
			expect(reunite(ended(status), {...row, updatedAt: now + second})).toBe('retry');
			expect(reunite(ended(status), {...row, updatedAt: now})).toBe('tell');
			expect(reunite(ended(status), {...row, updatedAt: now - second})).toBe('tell');
			expect(reunite(ended(status), row)).toBe('tell');
		},
	);
});

test('a row was taken by us where its download began while an attempt of ours ran', () => {
	const attempts = [
		{startedAt: now + 300, endedAt: now + 5 * second},
		{startedAt: now + 60 * second, endedAt: undefined},
	];
	// The column has whole seconds: an attempt that began at .3 took its row at .0.
	expect(isOwnClaim(now, attempts)).toBe(true);
	expect(isOwnClaim(now + 5 * second, attempts)).toBe(true);
	expect(isOwnClaim(now - second, attempts)).toBe(false);
	// A crash that was found out a day later; another downloader took the row meanwhile.
	const lost = [{startedAt: now, endedAt: now + 86_400 * second}];
	expect(isOwnClaim(now + 2 * second, lost)).toBe(true);
	expect(isOwnClaim(now + 61 * second, lost)).toBe(false);
	// Given back, and taken by somebody else; or by nobody knows whom.
	expect(isOwnClaim(now + 6 * second, attempts)).toBe(false);
	expect(isOwnClaim(now + 61 * second, attempts)).toBe(false);
	expect(isOwnClaim(undefined, attempts)).toBe(false);
	expect(isOwnClaim(now, [])).toBe(false);
});

test('a download of others is dead when neither row nor worker has moved for long, and never without a sign', () => {
	const old = now - 3601 * second;
	const young = now - 3599 * second;
	const dead = (
		[updatedAt, startedAt]: ReadonlyArray<number | undefined>,
		heartbeats: ReadonlyArray<number | undefined>,
	): boolean => isAbandoned({row: {updatedAt, startedAt}, heartbeats}, now, 3600 * second);
	expect(dead([old, old], [])).toBe(true);
	expect(dead([old, undefined], [old])).toBe(true);
	expect(dead([old, young], [])).toBe(false);
	expect(dead([old, old], [old, young])).toBe(false);
	expect(dead([undefined], [undefined])).toBe(false);
});

const open = (status: OpenJob['status'], retryAt?: number): OpenJob => ({status, retryAt});
const many = (count: number, job: OpenJob): readonly OpenJob[] => Array.from({length: count}, () => job);

describe('how many rows are taken', () => {
	test('as many as the workers can use soon', () => {
		expect([1, 5, 8, 16, 32].map(windowFor)).toEqual([16, 16, 16, 32, 64]);
		expect(roomFor([], 5, now)).toBe(16);
		expect(roomFor([...many(5, open('downloading')), ...many(10, open('queued'))], 5, now)).toBe(6);
		expect(roomFor(many(40, open('queued')), 5, now)).toBe(0);
	});

	test('what a person has paused and what waits for its retry take no place, the latter not without end', () => {
		expect(roomFor([...many(30, open('paused')), ...many(30, open('queued', now + second))], 5, now)).toBe(16);
		expect(roomFor(many(500, open('queued', now + second)), 5, now)).toBe(0);
		expect(roomFor(many(16, open('queued', now - second)), 5, now)).toBe(0);
	});

	test('the first ones that are not known', () => {
		const rows = [1, 2, 3, 4].map(episode => ({anime: 1, episode}) as QueuedRow);
		expect(choose(rows, key => key === '1/2', 2).map(({episode}) => episode)).toEqual([1, 3]);
	});
});

test('a video may go only where row and job name the same file of the same size', () => {
	const row = {path: '/s/ep001.mkv', size: 5};
	const job = {status: 'completed', outputPath: '/s/ep001.mkv', size: 5} as const;
	expect(isProven(row, job)).toBe(true);
	expect(isProven({...row, path: '/s/other.mkv'}, job)).toBe(false);
	expect(isProven({...row, size: 6}, job)).toBe(false);
	expect(isProven({...row, size: undefined}, job)).toBe(false);
	expect(isProven(row, {...job, status: 'failed'})).toBe(false);
	expect(isProven({path: '', size: undefined}, {status: 'completed', outputPath: undefined, size: undefined})).toBe(
		false,
	);
});
