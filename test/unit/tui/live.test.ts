import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createLive} from '../../../source/tui/live.ts';
import type {VolumeView} from '../../../source/domain/snapshot.ts';
import {scriptedEngine, scriptedNow} from '../../support/scripted-engine.ts';

beforeEach(() => {
	vi.useFakeTimers();
});

afterEach(() => {
	vi.useRealTimers();
});

const scriptedVolume = (): VolumeView => ({
	id: '1',
	path: '/media',
	marks: {used: undefined, free: {stop: 1, pause: 2, resume: 3}},
	level: {at: scriptedNow, used: undefined, free: 2, total: 10},
	gate: {state: 'paused', since: scriptedNow, detail: 'less free than the pause mark', clearSince: undefined},
	reserved: 0,
	timeToFull: undefined,
	breakdown: undefined,
});

test('the first change is shown at once, a hundred more within a beat are one, and the last of them is what is shown', () => {
	const engine = scriptedEngine();
	const live = createLive(engine, 250);
	const shown: number[] = [];
	live.subscribe(() => shown.push(live.getSnapshot().rate));
	engine.change({rate: 1});
	expect(shown).toEqual([1]);
	for (let rate = 2; rate <= 100; rate++) engine.change({rate});
	expect(shown).toEqual([1]);
	vi.advanceTimersByTime(250);
	expect(shown).toEqual([1, 100]);
	live.close();
});

test('ten changes a second are four frames a second', () => {
	const engine = scriptedEngine();
	const live = createLive(engine, 250);
	let frames = 0;
	live.subscribe(() => frames++);
	for (let change = 0; change < 100; change++) {
		engine.change({rate: change});
		vi.advanceTimersByTime(100);
	}

	expect(frames).toBeGreaterThanOrEqual(33);
	expect(frames).toBeLessThanOrEqual(41);
	live.close();
});

test('while nothing changes no timer runs', () => {
	const engine = scriptedEngine();
	const live = createLive(engine, 250);
	engine.change({rate: 1});
	vi.advanceTimersByTime(1000);
	expect(vi.getTimerCount()).toBe(0);
	live.close();
});

test('after a command the newest is shown without waiting for the beat', () => {
	const engine = scriptedEngine();
	const live = createLive(engine, 250);
	engine.change({rate: 1});
	engine.change({rate: 2});
	expect(live.getSnapshot().rate).toBe(1);
	live.flush();
	expect(live.getSnapshot().rate).toBe(2);
	live.close();
});

test('progress waits until the line is free again, other rows wait half a second less', () => {
	const engine = scriptedEngine();
	let rest = 1800;
	const live = createLive(engine, 250, () => rest);
	engine.change({rate: 1});
	vi.advanceTimersByTime(900);
	expect(live.getSnapshot().rate).toBe(0);
	rest = 450;
	engine.change({queueRevision: 2, rate: 2});
	vi.advanceTimersByTime(250);
	expect(live.getSnapshot().rate).toBe(2);
	engine.change({rate: 3});
	vi.advanceTimersByTime(800);
	expect(live.getSnapshot().rate).toBe(2);
	rest = 0;
	vi.advanceTimersByTime(250);
	expect(live.getSnapshot().rate).toBe(3);
	vi.advanceTimersByTime(1000);
	expect(vi.getTimerCount()).toBe(0);
	live.close();
});

test('a screen on which nothing happens is not written again because the process breathes', () => {
	const volume = scriptedVolume();
	const engine = scriptedEngine({volumes: [volume]});
	const live = createLive(engine, 250);
	let frames = 0;
	live.subscribe(() => frames++);
	for (let look = 1; look <= 20; look++) {
		const level = volume.level === undefined ? undefined : {...volume.level, at: volume.level.at + look * 5000};
		engine.change({
			at: scriptedNow + look * 5000,
			resources: {memory: 1e8 + look, cpu: look / 100},
			volumes: [{...volume, level}],
		});
		vi.advanceTimersByTime(5000);
	}

	expect(frames).toBe(0);
	engine.change({rate: 1});
	expect(frames).toBe(1);
	live.close();
});
