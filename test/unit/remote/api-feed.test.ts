import {expect, test, vi} from 'vitest';
import type {EngineEvent} from '../../../source/engine/index.ts';
import {createFeed, type ApiEngine, type FeedReader} from '../../../source/remote/api/feed.ts';
import {createVeil} from '../../../source/remote/api/veil.ts';
import {scriptedEngine} from '../../support/scripted-engine.ts';

/** A feed that keeps three events, and an engine that tells what the test says. */
const setUp = () => {
	const listeners = new Set<(event: EngineEvent) => void>();
	const scripted = scriptedEngine();
	const engine: ApiEngine = {
		...scripted,
		onEvent(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
	const feed = createFeed(engine, {veil: createVeil('/s', []), name: 'me', most: 3, pause: 1});
	let count = 0;
	const happen = (times: number): void => {
		for (let left = times; left > 0; left--) {
			count++;
			for (const tell of listeners) tell({type: 'notice', at: 0, text: `n${count}`});
		}
	};
	return {scripted, feed, happen};
};

const drain = (reader: FeedReader): readonly string[] => {
	const told: string[] = [];
	for (let next = reader.next(); next !== undefined; next = reader.next()) {
		const text = (JSON.parse(next.data()) as {readonly text?: string}).text;
		told.push(text === undefined ? `${next.id} ${next.event}` : `${next.id} ${text}`);
	}

	return told;
};

test('a new follower gets the state, then each event once', () => {
	const {feed, happen} = setUp();
	happen(2);
	const reader = feed.read(undefined, () => undefined);
	expect(drain(reader)).toEqual(['me.2 snapshot']);
	happen(2);
	expect(drain(reader)).toEqual(['me.3 n3', 'me.4 n4']);
	expect(drain(reader)).toEqual([]);
});

test.each([
	['me.4', ['me.5 n5', 'me.6 n6', 'me.6 state']],
	['me.3', ['me.4 n4', 'me.5 n5', 'me.6 n6', 'me.6 state']],
	['me.6', ['me.6 state']],
	['me.2', ['me.6 reset']],
	['me.7', ['me.6 reset']],
	['you.6', ['me.6 reset']],
	['me.x', ['me.6 reset']],
	['6', ['me.6 reset']],
])('whoever comes back with %s is told %j of the six there were', (lastId, told) => {
	const {feed, happen} = setUp();
	happen(6);
	expect(drain(feed.read(lastId, () => undefined))).toEqual(told);
});

test('a follower that falls behind what is kept gets the state in its place, and goes on from there', () => {
	const {feed, happen} = setUp();
	const reader = feed.read(undefined, () => undefined);
	drain(reader);
	happen(20);
	expect(drain(reader)).toEqual(['me.20 reset']);
	happen(1);
	expect(drain(reader)).toEqual(['me.21 n21']);
});

test('of many states only the newest is told', async () => {
	const {feed, scripted} = setUp();
	let news = 0;
	const reader = feed.read(undefined, () => {
		news++;
	});
	drain(reader);
	for (let round = 1; round <= 100; round++) scripted.change({rate: round});
	await vi.waitFor(() => {
		const told = reader.next();
		expect(told === undefined ? undefined : JSON.parse(told.data())).toMatchObject({rate: 100});
	});
	expect(drain(reader)).toEqual([]);
	expect(news).toBeLessThan(5);
	feed.close();
});
