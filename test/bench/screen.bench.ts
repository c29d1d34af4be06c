import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {bundleApp} from '../support/bundle-app.ts';
import {createScreenWorld, processorTime, type ScreenWorld} from '../support/screen-world.ts';
import {startInTerminal, type TerminalSession} from '../support/terminal.ts';
import {percentile, type Bench, type BenchRow} from './bench.ts';

/*
 * The real program in a pseudo-terminal with real downloads from a server on loopback, in colours. Bytes are those that come
 * out of the terminal's other end; processor time is that of the process, downloads included.
 */

const small = {columns: 80, rows: 24};
const large = {columns: 120, rows: 40};
const watched = 30_000;
const queueLength = 200_000;
const keys = 300;
const stalled = 10_000;
/** A worker's queue and the meter of speed take this long to settle. */
const settling = 8000;

const run = async (): Promise<readonly BenchRow[]> => [...(await fewJobs()), ...(await manyJobs()), ...(await idle())];

export default {name: 'screen', run} satisfies Bench;

const fewJobs = async (): Promise<readonly BenchRow[]> => {
	await using world = await createScreenWorld({active: 5, rates: [400_000, 2_400_000], queued: 40});
	await using screen = world.open(small);
	await screen.until(text => rowsDownloading(text) === 5, 'five downloads');
	await delay(settling);
	const first = await firstFrame(world, small);
	const plainInk = join(world.directory, 'plain-ink.mjs');
	await bundleApp('plain-ink-app.tsx', plainInk);
	await using peer = world.open(small, {program: plainInk});
	await peer.until(text => rowsDownloading(text) === 5, 'five downloads, drawn by Ink alone');
	await delay(2000);
	const [ours, theirs] = await Promise.all([bytesDuring(screen, watched), bytesDuring(peer, watched)]);
	const rate = perSecond(ours, watched);
	const peerRate = perSecond(theirs, watched);
	const clears = fullClears(screen.raw());
	return [
		row('5 active, 80x24', kilobytes(rate), '≤ 1.0 kB/s', rate <= 1000, `over ${watched / 1000} s of downloads`),
		row(
			'the same by Ink alone',
			kilobytes(peerRate),
			'',
			undefined,
			`its standard renderer, same tree, at most 4 frames a second: ${(peerRate / rate).toFixed(0)} times as much`,
		),
		row('first frame, 80x24, 5 active', `${first} B`, '≤ 4000 B', first <= 4000, 'taking the terminal included'),
		row('full clears after it', `${clears}`, '0', clears === 0, 'CSI 2J, 3J, or J after the first frame'),
		await row9600(world),
	];
};

/** A reader of 9,600 baud: how long a key takes to come through, again and again. */
const row9600 = async (world: ScreenWorld): Promise<BenchRow> => {
	await using screen = world.open(small);
	await screen.until(text => rowsDownloading(text) === 5, 'five downloads');
	screen.throttle(960);
	await delay(15_000);
	const answers: number[] = [];
	for (let turn = 0; turn < 20; turn++) {
		answers.push(await answered(screen, turn % 2 === 0 ? '2' : '1'));
		await delay(1000 + turn * 37);
	}

	const slowest = Math.max(...answers) / 1000;
	return row(
		'key to paint over 9,600 baud',
		`${(percentile(answers, 0.5) / 1000).toFixed(2)} s`,
		'≤ 1 s',
		slowest <= 1.5,
		`median of ${answers.length}; slowest ${slowest.toFixed(2)} s, which is how far the line falls behind`,
	);
};

const manyJobs = async (): Promise<readonly BenchRow[]> => {
	await using world = await createScreenWorld({active: 32, rates: [60_000, 240_000], queued: queueLength});
	const probe = join(world.directory, 'loop.jsonl');
	const rows: BenchRow[] = [];
	const bare = await withoutScreen(world);
	await using screen = world.open(large, {
		node: ['--import', fileURLToPath(new URL('../support/loop-probe.mjs', import.meta.url))],
		env: {LOOP_PROBE: probe},
	});
	await screen.until(text => rowsDownloading(text) >= 14, 'the downloads');
	await delay(settling);
	const begun = processorTime(screen.pid);
	const rate = perSecond(await bytesDuring(screen, watched), watched);
	const cpu = (processorTime(screen.pid) - begun) / watched;
	rows.push(
		row('32 active, 120x40', kilobytes(rate), '', undefined, `${queueLength.toLocaleString('en')} in the queue`),
		row(
			'processor then',
			percents(cpu),
			'≤ 7 %',
			cpu <= 0.07,
			`scheduler, 32 downloads of ten pieces a second, and screen; without a screen (tidegate run) ${percents(bare)}`,
		),
	);
	const latencies = await pressKeys(screen);
	const p95 = percentile(latencies, 0.95);
	const echo = await echoKeys(world.directory);
	rows.push(
		row(
			'key to paint then, p95',
			`${p95.toFixed(1)} ms`,
			'≤ 20 ms',
			p95 <= 20,
			`median ${percentile(latencies, 0.5).toFixed(1)}, slowest ${Math.max(...latencies).toFixed(0)}; ${keys} keys, from the write to the cell; a program that only echoes: p95 ${percentile(echo, 0.95).toFixed(1)}`,
		),
	);
	const before = Date.now() - stalled;
	const pressed = await stall(screen);
	const quiet = await longestDelay(probe, before, before + stalled);
	const during = await longestDelay(probe, before + stalled, Date.now());
	rows.push(
		row(
			`delay by a terminal not read for ${stalled / 1000} s`,
			`${Math.max(0, during - quiet).toFixed(0)} ms`,
			'≤ 50 ms',
			during - quiet <= 50,
			`longest delay of the event loop: ${during.toFixed(0)} ms with ${pressed} drawings asked for meanwhile, ${quiet.toFixed(0)} ms in as long a time before`,
		),
	);
	return rows;
};

const withoutScreen = async (world: ScreenWorld): Promise<number> => {
	const child = world.run();
	await delay(settling);
	const begun = processorTime(child.pid ?? 0);
	await delay(watched);
	const cpu = (processorTime(child.pid ?? 0) - begun) / watched;
	const ended = new Promise(resolve => child.once('close', resolve));
	child.kill('SIGTERM');
	await ended;
	return cpu;
};

/** Moves through the queue while the downloads go on, and waits each time until the cursor is where it should be. */
const pressKeys = async (screen: TerminalSession): Promise<readonly number[]> => {
	screen.type('2');
	await screen.until(text => cursorRow(text).includes('Episode 0 '), 'the cursor in the queue');
	await delay(1000);
	const latencies: number[] = [];
	const presses = ['j', 'j', 'k', 'j', '\u0004', 'j', '\u0015', 'k', '\u001B[B', '\u001B[A'];
	for (let press = 0; press < keys; press++) {
		latencies.push(await answered(screen, presses[press % presses.length] ?? 'j'));
		await delay(20 + ((press * 37) % 100));
	}

	return latencies;
};

/** What the machine, the terminal and its model take themselves: a program in Node that sends back what it reads. */
const echoKeys = async (directory: string): Promise<readonly number[]> => {
	const program = `process.stdin.setRawMode(true); process.stdin.on('data', key => process.stdout.write(key)); console.log('ready')`;
	await using screen = startInTerminal(process.execPath, ['-e', program], {...large, cwd: directory});
	await screen.until(text => text.includes('ready'), 'the echo');
	const latencies: number[] = [];
	for (let press = 0; press < keys; press++) {
		const letter = String.fromCodePoint(97 + (press % 26));
		const before = screen.text();
		const begun = performance.now();
		screen.type(letter);
		await screen.until(text => text !== before, 'the letter');
		latencies.push(performance.now() - begun);
		await delay(20 + ((press * 37) % 100));
	}

	return latencies;
};

/** Milliseconds from the write of a key until the cursor stands elsewhere. */
const answered = async (screen: TerminalSession, key: string): Promise<number> => {
	const before = cursorRow(screen.text());
	const begun = performance.now();
	screen.type(key);
	await screen.until(text => cursorRow(text) !== before, `the answer to ${JSON.stringify(key)}`);
	return performance.now() - begun;
};

/** The row with the cursor's shape, without what progress changes in it. */
const cursorRow = (text: string): string => {
	const lines = text.split('\n');
	const index = lines.findIndex(line => line.includes('▌'));
	return `${index} ${lines[index]?.slice(0, 30) ?? ''}`;
};

/** Asks for more drawings than the buffers of an unread terminal take. */
const stall = async (screen: TerminalSession): Promise<number> => {
	screen.stall();
	const pause = 100;
	for (let at = 0; at < stalled; at += pause) {
		screen.type('\u000C');
		await delay(pause);
	}

	screen.resume();
	await answered(screen, 'j');
	return stalled / pause;
};

const longestDelay = async (probe: string, from: number, to: number): Promise<number> => {
	const samples = (await readFile(probe, 'utf8'))
		.trim()
		.split('\n')
		.map(line => JSON.parse(line) as {readonly at: number; readonly longest: number});
	return Math.max(0, ...samples.filter(({at}) => at > from && at <= to).map(({longest}) => longest));
};

const idle = async (): Promise<readonly BenchRow[]> => {
	const idleFor = 60_000;
	await using world = await createScreenWorld({active: 0, rates: [0, 0], queued: queueLength, isPaused: true});
	await using screen = world.open(large);
	await screen.until(text => text.includes('Episode 0 of'), 'the queue');
	await delay(settling);
	const begun = processorTime(screen.pid);
	const bytes = await bytesDuring(screen, idleFor);
	const cpu = (processorTime(screen.pid) - begun) / idleFor;
	screen.type('q');
	await screen.ended();
	return [
		row('nothing changes for 60 s', `${bytes} B`, '0 B', bytes === 0, '120x40, queue paused'),
		row('processor then', percents(cpu), '≤ 0.5 %', cpu <= 0.005, 'of the whole process'),
	];
};

/** Bytes until a second screen shows the running downloads and Ink has taken over. */
const firstFrame = async (world: ScreenWorld, size: typeof small): Promise<number> => {
	await using screen = world.open(size);
	// Ink hides the cursor once more when it is there.
	const hidden = '\u001B[?25l';
	await screen.until(() => screen.raw().split(hidden).length > 2, 'Ink is loaded');
	return Buffer.byteLength(screen.raw().split(hidden).slice(0, 2).join(hidden));
};

const bytesDuring = async (screen: TerminalSession, span: number): Promise<number> => {
	const before = screen.bytes();
	await delay(span);
	return screen.bytes() - before;
};

// The one J after the alternate screen was entered belongs to the first frame.
const fullClears = (raw: string): number =>
	// oxlint-disable-next-line no-control-regex
	raw.replace('\u001B[H\u001B[J', '').match(/\u001B\[[0-3]?J/g)?.length ?? 0;

const rowsDownloading = (text: string): number =>
	text.split('\n').filter(line => /^.{0,4}\d ↓ .*\d%/.test(line)).length;

const perSecond = (bytes: number, span: number): number => (bytes * 1000) / span;
const kilobytes = (rate: number): string => `${(rate / 1000).toFixed(2)} kB/s`;
const percents = (share: number): string => `${(share * 100).toFixed(1)} %`;

const row = (what: string, measured: string, aim: string, isMet: boolean | undefined, note: string): BenchRow => ({
	what,
	measured,
	aim,
	isMet,
	note,
});
