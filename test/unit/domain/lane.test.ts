import {expect, test} from 'vitest';
import {laneFailed, laneStarted, laneSucceeded, newLane, recheckMissingAfter} from '../../../source/domain/lane.ts';

const lane = newLane('http:example.org', 'http', {
	maxActive: 2,
	startInterval: 0,
	breaker: {threshold: 3, openFor: 1000},
});

test('a start, a success and a failure are remembered', () => {
	expect(laneStarted(lane, 5).lastStartAt).toBe(5);
	expect(laneSucceeded(lane, 5, 6).lastSuccessAt).toBe(6);
	expect(laneFailed(lane, {code: 'not-found', message: 'HTTP 404'}, 7, 7).lastFailureAt).toBe(7);
});

test('only failures that speak against the lane count for its breaker', () => {
	const notFound = laneFailed(lane, {code: 'not-found', message: 'HTTP 404'}, 0, 0);
	expect(notFound.breaker).toEqual({state: 'closed', failures: 0});
	expect(laneFailed(lane, {code: 'timeout', message: 'no answer'}, 0, 0).breaker).toEqual({
		state: 'closed',
		failures: 1,
	});
});

test('a pause that was asked for is only ever extended', () => {
	const long = laneFailed(lane, {code: 'rate-limited', message: 'an hour', retryAfter: 3600}, 0, 0);
	const short = laneFailed(long, {code: 'rate-limited', message: 'a minute', retryAfter: 60}, 10, 10);
	expect(short).toMatchObject({coolUntil: 3600, coolDetail: 'an hour'});
	const longer = laneFailed(short, {code: 'service-unavailable', message: 'two hours', retryAfter: 7200}, 20, 20);
	expect(longer).toMatchObject({coolUntil: 7220, coolDetail: 'two hours'});
	expect(laneSucceeded(longer, 25, 30).coolUntil).toBe(7220);
});

test('a missing tool is looked for again, and opens no breaker', () => {
	const missing = laneFailed(lane, {code: 'tool-missing', message: 'yt-dlp is not installed'}, 10, 10);
	expect(missing.missing).toEqual({what: 'tool', detail: 'yt-dlp is not installed', until: 10 + recheckMissingAfter});
	expect(missing.breaker).toEqual(lane.breaker);
	expect(laneFailed(lane, {code: 'no-network', message: 'no route'}, 10, 10).missing?.what).toBe('network');
});

test('a tool that is back is believed to be back by whatever it answers', () => {
	const missing = laneFailed(lane, {code: 'tool-missing', message: 'yt-dlp is not installed'}, 0, 0);
	expect(laneSucceeded(missing, 40, 50).missing).toBeUndefined();
	expect(laneFailed(missing, {code: 'not-found', message: 'HTTP 404'}, 50, 50).missing).toBeUndefined();
	expect(laneFailed(missing, {code: 'disk-full', message: 'no space'}, 50, 50).missing).toBeDefined();
});
