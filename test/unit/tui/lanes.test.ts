import {expect, test} from 'vitest';
import type {LaneView} from '../../../source/domain/snapshot.ts';
import {laneRows} from '../../../source/tui/view/pages/lanes.ts';
import {scriptedNow, scriptedSnapshot} from '../../support/scripted-engine.ts';

const lane = (id: string, change: Partial<LaneView> = {}): LaneView => ({
	id,
	provider: 'http',
	running: 1,
	limit: 16,
	breaker: 'closed',
	failures: 0,
	lastSuccessAt: undefined,
	lastFailureAt: undefined,
	hold: undefined,
	...change,
});

test('a provider with a lane for each of many servers is one row, as well as its worst lane', () => {
	const many = Array.from({length: 40}, (_, index) => lane(`http:host-${index}`));
	const lanes = [
		...many,
		lane('http:bad', {running: 0, breaker: 'open', failures: 3, lastSuccessAt: scriptedNow - 1000}),
		lane('yt-dlp', {provider: 'yt-dlp', limit: 3}),
	];
	expect(laneRows({...scriptedSnapshot, lanes}, 80)).toMatchObject([
		{lane: 'http (41 lanes)', runs: '40', breaker: 'open', fails: '3'},
		{lane: 'yt-dlp', runs: '1/3', breaker: 'closed', fails: '0'},
	]);
});

test('a lane whose name is too long keeps its end, which tells it from the others', () => {
	const rows = laneRows({...scriptedSnapshot, lanes: [lane('http:127.0.0.1:37739'), lane('http:127.0.0.1:40145')]}, 80);
	expect(rows).toMatchObject([{lane: '~127.0.0.1:37739'}, {lane: '~127.0.0.1:40145'}]);
});

test('a lane that is shut tells when it opens again, in every width', () => {
	const until = scriptedNow + 60_000;
	const shut = lane('a', {breaker: 'open', hold: {reason: 'breaker-open', lane: 'a', until, detail: 'refused'}});
	for (const width of [40, 60, 80, 120])
		expect(laneRows({...scriptedSnapshot, lanes: [shut]}, width)).toMatchObject([
			{breaker: 'open', until: expect.stringMatching(/^\d\d:\d\d:00$/)},
		]);
});

test('a few lanes are a row each', () => {
	const lanes = [lane('http:a'), lane('http:b')];
	expect(laneRows({...scriptedSnapshot, lanes}, 80)).toMatchObject([{lane: 'http:a'}, {lane: 'http:b', runs: '1/16'}]);
});
