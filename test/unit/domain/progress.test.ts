import {expect, test} from 'vitest';
import {etaOf, measure, newMeter, progressOf, speedOf, speedWindow} from '../../../source/domain/progress.ts';

test('the first report has no speed yet', () => {
	expect(speedOf(newMeter(0, 500), 0)).toBe(0);
});

test('the speed is an average over the last seconds', () => {
	const meter = measure(measure(newMeter(0, 0), 1000, 2000), 2000, 3000);
	expect(speedOf(meter, 2000)).toBe(1500);
	expect(speedOf(meter, 3000)).toBe(1000);
});

test('bytes that a resumed download had already are no speed', () => {
	expect(speedOf(measure(newMeter(0, 1_000_000), 1000, 1_000_500), 1000)).toBe(500);
});

test('where nothing has arrived within the window, the speed is nothing', () => {
	let meter = measure(newMeter(0, 0), 1000, 900_000);
	expect(speedOf(meter, 1001 + speedWindow)).toBe(0);
	// The tool goes on to report, but no byte comes.
	for (let at = 1500; at <= 7000; at += 500) meter = measure(meter, at, 900_000);
	expect(speedOf(meter, 10_000)).toBe(0);
});

test('a counter that goes back begins anew', () => {
	const meter = measure(newMeter(0, 1000), 1000, 10);
	expect(meter).toEqual(newMeter(1000, 10));
	expect(speedOf(meter, 1000)).toBe(0);
});

test('a clock that is set back gives no speed below nothing', () => {
	const meter = measure(newMeter(5000, 0), 6000, 1000);
	expect(speedOf(meter, 0)).toBe(1000);
	expect(measure(meter, 100, 2000)).toEqual(newMeter(100, 2000));
});

test.each([
	[250, 1000, 250, 3000],
	[1000, 1000, 250, 0],
	[1200, 1000, 250, 0],
	[250, undefined, 250, undefined],
	[250, 1000, 0, undefined],
])('%i of %s bytes at %i a second take %s ms more', (bytes, total, speed, eta) => {
	expect(etaOf(bytes, total, speed)).toBe(eta);
	expect(progressOf(bytes, total, speed)).toEqual({bytes, total, speed, eta});
});
