import {expect, test} from 'vitest';
import {holdSentence, waitsForItself, type Hold} from '../../../source/domain/hold.ts';
import type {JobId} from '../../../source/domain/job.ts';

const holds: ReadonlyArray<readonly [Hold, boolean, string]> = [
	[{reason: 'stopping'}, false, 'the scheduler is stopping'],
	[{reason: 'paused'}, false, 'paused by you'],
	[{reason: 'queue-paused'}, false, 'the queue is paused'],
	[{reason: 'no-scheduler'}, false, 'no scheduler is running'],
	[{reason: 'still-ending'}, false, 'its last attempt has not ended yet; a restart of the scheduler ends it'],
	[{reason: 'workers-busy', running: 3, workers: 3}, true, 'all 3 workers are busy'],
	[{reason: 'batch-busy', running: 2, limit: 2}, true, 'its batch runs 2 of 2'],
	[{reason: 'batches-busy', active: 3, limit: 3}, true, '3 of 3 batches are under way'],
	[{reason: 'retry-later', until: 9}, true, 'waiting to retry'],
	[{reason: 'retry-later', until: 9, detail: 'HTTP 503'}, true, 'waiting to retry: HTTP 503'],
	[{reason: 'lane-busy', lane: 'yt-dlp', running: 2, limit: 2}, true, 'yt-dlp runs 2 of 2'],
	[{reason: 'lane-paced', lane: 'yt-dlp', until: 9}, true, 'yt-dlp starts are spaced out'],
	[{reason: 'lane-cooling', lane: 'yt-dlp', until: 9, detail: 'HTTP 429'}, true, 'yt-dlp is cooling down: HTTP 429'],
	[{reason: 'breaker-open', lane: 'yt-dlp', until: 9, detail: 'HTTP 500'}, true, 'yt-dlp failed repeatedly: HTTP 500'],
	[{reason: 'probing', lane: 'yt-dlp', probe: 7 as JobId}, true, 'yt-dlp is being tried with one job'],
	[
		{reason: 'tool-missing', lane: 'yt-dlp', until: 9, detail: 'yt-dlp is not installed'},
		false,
		'yt-dlp is not installed',
	],
	[{reason: 'volume-missing', volume: '1'}, true, 'the storage volume is not mounted'],
	[{reason: 'disk-paused', volume: '1', detail: 'above the pause mark'}, true, 'disk: above the pause mark'],
	[{reason: 'no-room', volume: '1', needs: 900, room: 100}, true, 'needs <900>, room for <100>'],
	[{reason: 'no-room', volume: '1', needs: 900, room: -50}, true, 'needs <900>, room for <0>'],
	[{reason: 'no-room', volume: '1', needs: 0, room: -50}, true, 'what runs already needs all the room there is'],
	[
		{reason: 'no-room', volume: '9', needs: 900, room: 100, where: 'videos'},
		true,
		'needs <900> in videos, room for <100>',
	],
	[
		{reason: 'larger-than-mark', volume: '9', needs: 900, mark: 500, where: 'videos'},
		false,
		'needs <900> in videos, where <500> are all there is',
	],
	[
		{reason: 'larger-than-mark', volume: '1', needs: 900, mark: 500},
		false,
		'needs <900>, more than the disk mark of <500> allows',
	],
];

test.each(holds)('%o is told and waited for as a person expects', (hold, isWaitedFor, sentence) => {
	expect(holdSentence(hold, bytes => `<${bytes}>`)).toBe(sentence);
	expect(waitsForItself(hold)).toBe(isWaitedFor);
});
