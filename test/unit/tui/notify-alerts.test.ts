import xterm from '@xterm/headless';
import * as fc from 'fast-check';
import {expect, onTestFinished, test} from 'vitest';
import type {Alert} from '../../../source/domain/notices.ts';
import {followAlerts, giveTitleBack, keepTitle, signalsOf} from '../../../source/tui/alerts.ts';
import {FrameSink} from '../../../source/tui/frame-sink.ts';
import {lineTerminal} from '../../support/line-terminal.ts';
import {scriptedEngine} from '../../support/scripted-engine.ts';
import {feed, pictureOf, pictureOfFrame} from '../../support/terminal-picture.ts';

const alert = (changes: Partial<Alert> = {}): Alert => ({
	id: '1',
	title: 'Album is done',
	message: '12 completed',
	hasBell: true,
	hasTitle: true,
	popup: 'off',
	inReader: false,
	...changes,
});

const usual = {TERM: 'xterm-256color'};

/** What a terminal makes of a text: its title, the bells that rang, and what can be seen. */
const shownBy = async (text: string) => {
	const terminal = new xterm.Terminal({cols: 80, rows: 3, allowProposedApi: true});
	const seen = {title: 'before', bells: 0, picture: ''};
	terminal.onTitleChange(title => (seen.title = title));
	terminal.onBell(() => seen.bells++);
	await feed(terminal, text);
	seen.picture = JSON.stringify(pictureOf(terminal));
	terminal.dispose();
	return seen;
};

test('an alert rings once and sets the title, and draws nothing', async () => {
	const {ring, title} = signalsOf(alert(), usual, false);
	const seen = await shownBy(`${title}${ring}`);
	expect(seen).toMatchObject({title: 'Album is done - tidegate', bells: 1});
	expect(seen.picture).toBe((await shownBy('')).picture);
});

test('a console that does not know such sequences gets the bell alone', () => {
	for (const TERM of ['linux', 'dumb', '']) {
		expect(signalsOf(alert({popup: 'osc9'}), {TERM}, false)).toEqual({ring: '\u0007', title: undefined});
	}
});

test('bell, title and popup are each as they were asked for', () => {
	expect(signalsOf(alert({hasBell: false, hasTitle: false}), usual, false)).toEqual({ring: '', title: undefined});
	expect(signalsOf(alert({popup: 'osc9', hasBell: false}), usual, false).ring).toBe(
		'\u001B]9;tidegate: Album is done, 12 completed\u001B\\',
	);
	expect(signalsOf(alert({popup: 'osc777', title: 'a;b'}), usual, false).ring).toBe(
		'\u0007\u001B]777;notify;a,b;12 completed\u001B\\',
	);
});

test('tmux gets a popup in the envelope that it hands on', () => {
	expect(signalsOf(alert({popup: 'osc9', hasBell: false}), {...usual, TMUX: '/tmp/x,1,0'}, false).ring).toBe(
		'\u001BPtmux;\u001B\u001B]9;tidegate: Album is done, 12 completed\u001B\u001B\\\u001B\\',
	);
});

// Mutation tried: the texts as they are; titles broke out of their sequence.
test('whatever a title holds, it cannot leave its sequence', async () => {
	const nasty = fc.string({
		unit: fc.constantFrom(
			'\u001B',
			'\\',
			'\u0007',
			'\u009C',
			']',
			'[',
			'2',
			'J',
			';',
			'a',
			'\r',
			'\n',
			'\u202E',
			'漢',
			'\0',
		),
	});
	await fc.assert(
		fc.asyncProperty(
			nasty,
			nasty,
			fc.constantFrom('off' as const, 'osc9' as const, 'osc777' as const),
			async (title, message, popup) => {
				const signals = signalsOf(alert({title, message, popup}), usual, false);
				const seen = await shownBy(`${signals.title}${signals.ring}`);
				expect(seen.bells).toBe(1);
				expect(seen.picture).toBe((await shownBy('')).picture);
			},
		),
	);
});

test('a terminal of seven bits gets none beyond them', () => {
	const {ring, title} = signalsOf(alert({title: 'Müller – 漢字', popup: 'osc9'}), usual, true);
	expect(Buffer.from(`${ring}${title}`).every(byte => byte < 128)).toBe(true);
});

const open = () => {
	const terminal = lineTerminal(30, 4);
	const sink = new FrameSink(terminal.stdout);
	onTestFinished(() => sink.closeNow());
	sink.enter();
	return {terminal, sink};
};

const frame = (name: string): readonly string[] => Array.from({length: 4}, (_, row) => `${name} ${row}`);
const signals = {ring: '\u0007', title: '\u001B]0;one\u001B\\'};

test('alerts between frames leave every frame whole, and the title is given back at the end', async () => {
	const {terminal, sink} = open();
	for (let number = 0; number < 20; number++) {
		sink.show(frame(`frame ${number}`));
		if (number % 3 === 0) sink.alert(signals);
		await terminal.settled();
	}

	const screen = await terminal.screen();
	const fresh = new xterm.Terminal({cols: 30, rows: 4, allowProposedApi: true, scrollback: 0});
	expect(pictureOf(screen)).toEqual(await pictureOfFrame(fresh, frame('frame 19')));
	fresh.dispose();
	const written = terminal.writes.join('');
	expect(written.split(keepTitle)).toHaveLength(2);
	expect(written.split('\u0007')).toHaveLength(8);
	await sink.close();
	expect(terminal.writes.at(-1)?.startsWith(giveTitleBack)).toBe(true);
});

// Mutation tried: alerts written at once; they queued up behind the stalled line.
test('a terminal that does not read gets the newest alert alone when it reads again', async () => {
	const {terminal, sink} = open();
	await terminal.settled();
	terminal.stall();
	sink.show(frame('old'));
	const before = terminal.writes.length;
	for (let number = 0; number < 50; number++) {
		sink.alert({ring: '\u0007', title: `\u001B]0;${number}\u001B\\`});
		sink.show(frame(`new ${number}`));
	}

	terminal.resume();
	await terminal.settled();
	const later = terminal.writes.slice(before);
	expect(later).toHaveLength(3);
	expect(later[1]).toBe(`${keepTitle}\u001B]0;49\u001B\\\u0007`);
	expect((await terminal.screen()).buffer.active.getLine(0)?.translateToString(true)).toBe('new 49 0');
});

test('nothing rings before the screen is there, while somebody else has the terminal, or afterwards', async () => {
	const terminal = lineTerminal(30, 4);
	const sink = new FrameSink(terminal.stdout);
	sink.alert(signals);
	sink.enter();
	sink.alert(signals);
	await terminal.settled();
	await sink.leave();
	sink.alert(signals);
	await sink.close();
	sink.alert(signals);
	await terminal.settled();
	expect(terminal.writes.join('').split('\u0007')).toHaveLength(2);
	expect(terminal.writes.join('').split(giveTitleBack)).toHaveLength(2);
});

test('an engine that is closed without a title of ours leaves the title alone', async () => {
	const {terminal, sink} = open();
	sink.alert({ring: '\u0007', title: undefined});
	await sink.close();
	expect(terminal.writes.join('')).not.toContain(giveTitleBack);
});

test('each alert is followed once; what was there before the screen was opened is old', () => {
	const engine = scriptedEngine();
	engine.change({alert: alert({id: 'old'})});
	const seen: string[] = [];
	const stop = followAlerts(engine, ({id}) => seen.push(id));
	engine.change({rate: 5});
	engine.change({alert: alert({id: 'new'})});
	engine.change({rate: 6});
	engine.change({alert: alert({id: 'newer'})});
	stop();
	engine.change({alert: alert({id: 'newest'})});
	expect(seen).toEqual(['new', 'newer']);
});
