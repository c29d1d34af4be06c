import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createLive} from '../../../source/tui/live.ts';
import {scriptedEngine} from '../../support/scripted-engine.ts';

beforeEach(() => {
	vi.useFakeTimers();
});

afterEach(() => {
	vi.useRealTimers();
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
