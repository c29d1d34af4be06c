import {describe, expect, test} from 'vitest';
import {
	parseDownloads,
	parseEnqueued,
	parseEvents,
	parseServer,
	parseSpan,
	parseVersion,
	stateOf,
} from '../../../../source/providers/slskd/parse.ts';
import {parseResponses, parseSearch} from '../../../../source/providers/slskd/parse-search.ts';

const json = (value: unknown): string => JSON.stringify(value);

describe('the version', () => {
	test.each([
		[json({version: {full: '0.26.0.65534', current: '0.26.0', latest: '0.26.1'}}), 0, 26],
		[json({version: {current: '0.22.5'}}), 0, 22],
		['"0.24.5"', 0, 24],
		['0.25.1+abc', 0, 25],
		[json({version: '1.2.3'}), 1, 2],
	])('%s', (answer, major, minor) => {
		expect(parseVersion(answer)).toMatchObject({major, minor});
	});

	test('of something else is none', () => {
		for (const answer of ['', '<html>', '{}', '[]', json({version: {}}), json({version: 'new'})]) {
			expect(parseVersion(answer)).toBeUndefined();
		}
	});
});

describe('states are sets of flags', () => {
	test.each([
		['Requested', 'preparing'],
		['Queued, Locally', 'preparing'],
		['Queued, Remotely', 'queued'],
		['Remotely, Queued', 'queued'],
		['Initializing', 'moving'],
		['InProgress', 'moving'],
		['Completed, Succeeded', 'succeeded'],
		['Succeeded, Completed', 'succeeded'],
		['Completed, Cancelled', 'cancelled'],
		['Completed, TimedOut', 'timed-out'],
		['Completed, Errored', 'errored'],
		['Completed, Rejected', 'rejected'],
		['Completed, Aborted', 'aborted'],
		['Completed', 'errored'],
		['Completed, SomethingNew', 'errored'],
		['', 'preparing'],
	])('%s → %s', (state, expected) => {
		expect(stateOf(state)).toBe(expected);
	});
});

describe('the list of downloads', () => {
	const transfer = {
		id: 'one',
		username: 'A Peer',
		direction: 'Download',
		filename: '@@abc\\Music\\Song.flac',
		size: 1000,
		state: 'InProgress',
		requestedAt: '2026-09-01T10:00:00.1234567',
		enqueuedAt: '2026-09-01T10:00:01Z',
		bytesTransferred: 250,
		averageSpeed: 125.5,
		percentComplete: 25,
		remainingTime: '00:00:06.0000000',
	};

	test('is nested: users, folders, files', () => {
		const answer = json([
			{
				username: 'A Peer',
				directories: [{directory: '@@abc\\Music', fileCount: 1, files: [transfer]}],
			},
			{
				username: 'Other',
				directories: [
					{
						directory: 'x',
						files: [{...transfer, id: 'two', username: undefined, state: 'Queued, Remotely', placeInQueue: 3}],
					},
				],
			},
		]);
		expect(parseDownloads(answer)).toEqual([
			{
				id: 'one',
				peer: 'A Peer',
				file: '@@abc\\Music\\Song.flac',
				size: 1000,
				state: 'moving',
				bytes: 250,
				speed: 125.5,
				place: undefined,
				remaining: 6000,
				exception: undefined,
				requestedAt: Date.parse('2026-09-01T10:00:01Z'),
				endedAt: undefined,
			},
			expect.objectContaining({id: 'two', peer: 'Other', state: 'queued', place: 3}),
		]);
	});

	test('of something else is none, and broken rows are left out', () => {
		expect(parseDownloads('nothing')).toBeUndefined();
		expect(parseDownloads('{}')).toBeUndefined();
		expect(parseDownloads(json([1, null, {username: 'x'}, {directories: [{files: [{id: 1}, null, 'x']}]}]))).toEqual(
			[],
		);
	});

	test('spans of time are read with and without days and fractions', () => {
		expect(parseSpan('01:02:03.5000000')).toBe(3_723_500);
		expect(parseSpan('2.00:00:01')).toBe(172_801_000);
		expect(parseSpan('soon')).toBeUndefined();
	});
});

describe('responses to a search', () => {
	const file = {
		filename: 'a\\b.flac',
		size: 10,
		extension: 'flac',
		code: 1,
		bitDepth: 16,
		sampleRate: 44_100,
		length: 200,
	};

	test('are the music that may be had, with what is known of peer and file', () => {
		const answer = json([
			{
				username: 'p',
				token: 1,
				hasFreeUploadSlot: true,
				uploadSpeed: 5000,
				queueLength: 2,
				files: [
					file,
					{...file, filename: 'a\\cover.jpg'},
					{...file, size: 0},
					{...file, size: 1.5},
					{...file, isLocked: true},
					{filename: 'a\\c.mp3', size: 7, bitRate: 320},
				],
				lockedFiles: [{...file, filename: 'a\\locked.flac'}],
			},
			{username: '', files: [file]},
			'nonsense',
		]);
		expect(parseResponses(answer)).toEqual([
			{
				peer: 'p',
				file: 'a\\b.flac',
				size: 10,
				length: 200,
				bitRate: undefined,
				bitDepth: 16,
				sampleRate: 44_100,
				hasFreeSlot: true,
				queueLength: 2,
				speed: 5000,
			},
			expect.objectContaining({file: 'a\\c.mp3', bitRate: 320, length: undefined}),
		]);
	});

	test('come also inside of the search itself', () => {
		expect(parseResponses(json({id: 'x', responses: [{username: 'p', files: [file]}]}))).toHaveLength(1);
		expect(parseResponses(json({id: 'x'}))).toBeUndefined();
	});

	test('a search is complete by its flag or its state, and broken where it came to no end of its own', () => {
		expect(parseSearch(json({isComplete: false, state: 'InProgress', responseCount: 4}))).toEqual({
			isComplete: false,
			isBroken: false,
			responseCount: 4,
		});
		expect(parseSearch(json({state: 'Completed, TimedOut'}))).toMatchObject({isComplete: true, isBroken: false});
		expect(parseSearch(json({isComplete: true, state: 'Completed, Errored'}))).toMatchObject({isBroken: true});
		expect(parseSearch('no')).toBeUndefined();
	});
});

describe('a request to enqueue', () => {
	test.each([
		['0.22 answers nothing', '', 'unknown'],
		['0.24 lists what it has', json({enqueued: [{id: 'x'}], failed: []}), 'enqueued'],
		['0.24 names what failed, not why', json({enqueued: [], failed: ['a\\b.flac']}), 'unknown'],
		['0.26 renders tuples as nothing', json({enqueued: [], failed: [{}]}), 'unknown'],
		['a batch of 0.26', json({batch: {id: 'b', transfers: [{id: 'x'}]}, failures: []}), 'enqueued'],
		[
			'a batch without transfers',
			json({batch: {id: 'b', transfers: []}, failures: [{filename: 'f', message: 'File not shared.'}]}),
			'refused',
		],
		[
			'what is there already',
			json({batch: {transfers: []}, failures: [{message: 'Skipped: Already in progress'}]}),
			'unknown',
		],
	])('%s', (_, answer, type) => {
		expect(parseEnqueued(answer).type).toBe(type);
	});
});

describe('events', () => {
	const data = {
		version: 0,
		localFilename: '/app/downloads/b/c.flac',
		remoteFilename: 'a\\b\\c.flac',
		transfer: {id: 't', username: 'p'},
	};

	test('of finished files tell where they are, as JSON in a text or as it is', () => {
		const answer = json([
			{id: 'e1', timestamp: '2026-09-01T10:00:00', type: 'DownloadFileComplete', data: json(data)},
			{id: 'e2', timestamp: '2026-09-01T10:00:00Z', type: 'DownloadFileComplete', data},
			{id: 'e3', type: 'DownloadDirectoryComplete', data: json({localDirectoryName: 'x'})},
			{id: 'e4', type: 'DownloadFileComplete', data: 'broken'},
		]);
		const found = {
			at: Date.parse('2026-09-01T10:00:00Z'),
			peer: 'p',
			file: 'a\\b\\c.flac',
			path: '/app/downloads/b/c.flac',
			transfer: 't',
		};
		expect(parseEvents(answer)).toEqual({
			ids: ['e1', 'e2', 'e3', 'e4'],
			files: [
				{id: 'e1', ...found},
				{id: 'e2', ...found},
			],
		});
		expect(parseEvents('{}')).toBeUndefined();
	});
});

describe('the server', () => {
	test('is ready when it is logged in', () => {
		expect(parseServer(json({state: 'Connected, LoggedIn', isLoggedIn: true}))).toMatchObject({isReady: true});
		expect(parseServer(json({state: 'Connected, LoggedIn'}))).toMatchObject({isReady: true});
		expect(parseServer(json({state: 'Connected, LoggingIn'}))).toMatchObject({isReady: false});
		expect(parseServer('x')).toBeUndefined();
	});
});
