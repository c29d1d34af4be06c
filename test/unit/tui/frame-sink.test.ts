import xterm from '@xterm/headless';
import * as fc from 'fast-check';
import {expect, onTestFinished, test, vi} from 'vitest';
import {FrameSink} from '../../../source/tui/frame-sink.ts';
import {lineTerminal, type LineTerminal} from '../../support/line-terminal.ts';
import {pictureOf, pictureOfFrame} from '../../support/terminal-picture.ts';

const open = (columns = 30, rows = 6) => {
	const terminal = lineTerminal(columns, rows);
	const sink = new FrameSink(terminal.stdout);
	onTestFinished(() => sink.closeNow());
	sink.enter();
	return {terminal, sink};
};

const frame = (name: string, rows = 6): readonly string[] =>
	Array.from({length: rows}, (_, row) => `\u001B[${31 + (row % 6)}m${name} ${row}\u001B[39m`);

const expectShown = async (terminal: LineTerminal, rows: readonly string[]): Promise<void> => {
	const screen = await terminal.screen();
	const fresh = new xterm.Terminal({cols: screen.cols, rows: screen.rows, allowProposedApi: true, scrollback: 0});
	expect(pictureOf(screen)).toEqual(await pictureOfFrame(fresh, rows.slice(0, screen.rows)));
	fresh.dispose();
};

type Act =
	| {readonly type: 'show'; readonly rows: readonly string[]}
	| {readonly type: 'resize'; readonly columns: number; readonly rows: number; readonly hasSignal: boolean}
	| {readonly type: 'stall' | 'resume' | 'redraw' | 'wait'};

const word = fc.constantFrom('abc', '漢字', '━━╸─', '12.4 MB/s', '   ', 'x');
const row = fc
	.array(fc.tuple(fc.constantFrom('', '\u001B[1m', '\u001B[32m', '\u001B[7m', '\u001B[38;5;99m', '\u001B[m'), word), {
		maxLength: 3,
	})
	.map(parts => parts.map(part => part.join('')).join(''));
const act: fc.Arbitrary<Act> = fc.oneof(
	{weight: 6, arbitrary: fc.record({type: fc.constant('show' as const), rows: fc.array(row, {maxLength: 9})})},
	{
		weight: 1,
		arbitrary: fc.record({
			type: fc.constant('resize' as const),
			columns: fc.integer({min: 28, max: 50}),
			rows: fc.integer({min: 1, max: 9}),
			hasSignal: fc.boolean(),
		}),
	},
	{weight: 2, arbitrary: fc.record({type: fc.constantFrom('stall' as const, 'resume', 'redraw', 'wait')})},
);

test('whatever happens to the line, in the end the terminal shows the newest frame', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(act, {minLength: 1, maxLength: 25}), async acts => {
			const terminal = lineTerminal(30, 6);
			const sink = new FrameSink(terminal.stdout);
			sink.enter();
			let newest: readonly string[] = [];
			for (const one of acts) {
				if (one.type === 'show') sink.show((newest = one.rows));
				else if (one.type === 'resize') terminal.resize(one.columns, one.rows, one.hasSignal);
				else if (one.type === 'stall') terminal.stall();
				else if (one.type === 'resume') terminal.resume();
				else if (one.type === 'wait') await terminal.settled();
				else {
					terminal.scribble('\u001B[3;4H\u001B[41mwall\r\nmessage');
					sink.repaint();
				}
			}

			terminal.resume();
			// A size that nobody has told is found with the next frame.
			sink.show(newest);
			await terminal.settled();
			await expectShown(terminal, newest);
			sink.closeNow();
		}),
		{numRuns: Number(process.env['FRAME_RUNS'] ?? 300)},
	);
});

test('a terminal that was not read gets one frame when it goes on, and that is the newest', async () => {
	const {terminal, sink} = open();
	sink.show(frame('first'));
	await terminal.settled();
	terminal.stall();
	for (let number = 0; number < 1000; number++) sink.show(frame(`number ${number}`));
	await terminal.settled();
	const before = terminal.writes.length;
	terminal.resume();
	await terminal.settled();
	// The frame that was on its way when the terminal stopped, and the newest.
	expect(terminal.writes.length - before).toBe(2);
	await expectShown(terminal, frame('number 999'));
});

test('nothing is written for a frame that is there already', async () => {
	const {terminal, sink} = open();
	sink.show(frame('same'));
	await terminal.settled();
	const before = terminal.writes.length;
	for (let number = 0; number < 10; number++) sink.show(frame('same'));
	await terminal.settled();
	expect(terminal.writes.length).toBe(before);
});

test('a signal of another size that gets lost is made up for by the next frame', async () => {
	const {terminal, sink} = open(30, 6);
	sink.show(frame('before'));
	await terminal.settled();
	terminal.resize(44, 8, false);
	const onResize = vi.fn<() => void>();
	sink.on('resize', onResize);
	sink.show(frame('before'));
	expect(onResize).toHaveBeenCalledOnce();
	expect([sink.columns, sink.rows]).toEqual([44, 8]);
	sink.show(frame('after', 8));
	await terminal.settled();
	await expectShown(terminal, frame('after', 8));
});

test('a window that is back at its size before anybody looked is drawn again', async () => {
	const {terminal, sink} = open(30, 6);
	sink.show(frame('whole'));
	await terminal.settled();
	terminal.resize(12, 3, false);
	terminal.resize(30, 6);
	await terminal.settled();
	await expectShown(terminal, frame('whole'));
});

test('each size of a storm of them is drawn at most once, and the frame for the size before is not seen', async () => {
	const {terminal, sink} = open(30, 6);
	sink.show(frame('start'));
	await terminal.settled();
	for (let columns = 31; columns < 51; columns++) {
		const before = terminal.writes.length;
		terminal.resize(columns, 6);
		// What Ink draws at once, from the tree for the size before.
		sink.show(frame('stale'));
		setImmediate(() => sink.show(frame(`for ${columns}`)));
		await terminal.settled();
		expect(terminal.writes.slice(before)).toHaveLength(1);
	}

	expect(terminal.writes.join('')).not.toContain('stale');
	await expectShown(terminal, frame('for 50'));
});

test('the screen is never cleared as a whole, and no marks of synchronised output are sent', async () => {
	const {terminal, sink} = open();
	sink.show(frame('one'));
	await terminal.settled();
	const first = terminal.writes.length;
	terminal.resize(40, 9);
	sink.show(frame('two', 9));
	await terminal.settled();
	sink.repaint();
	await terminal.settled();
	await expectShown(terminal, frame('two', 9));
	const later = terminal.writes.slice(first).join('');
	expect(later).toContain('two');
	// oxlint-disable-next-line no-control-regex
	expect(later).not.toMatch(/\u001B\[\d?J|\u001Bc|\u001B\[\?2026/);
	await sink.close();
});

test.each(['EIO', 'EPIPE'] as const)(
	'a line that fails with %s is told by the stream and throws nowhere',
	async code => {
		const {terminal, sink} = open();
		const onError = vi.fn<() => void>();
		terminal.stdout.on('error', onError);
		terminal.break(code);
		sink.show(frame('lost'));
		sink.repaint();
		await terminal.settled();
		sink.show(frame('lost as well'));
		await terminal.settled();
		expect(onError).toHaveBeenCalled();
		await sink.close(10);
	},
);

test('frames of any size leave a pause behind them that a line of 9,600 baud needs, and small ones a small one', async () => {
	const {terminal, sink} = open(80, 24);
	expect(sink.rest()).toBe(0);
	sink.show(['12%']);
	await terminal.settled();
	const small = sink.rest();
	sink.show(Array.from({length: 24}, (_, index) => `${index}`.repeat(40)));
	await terminal.settled();
	expect(small).toBeLessThan(100);
	expect(sink.rest()).toBeGreaterThan(900);
});
