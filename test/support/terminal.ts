import xterm from '@xterm/headless';
import {spawn, type IPty} from '@lydell/node-pty';
import {readSync} from 'node:fs';
import {StringDecoder} from 'node:string_decoder';

/** A program in a pseudo-terminal, seen as a person sees it: by what stands on the screen, not by the bytes that came. */
export type TerminalSession = AsyncDisposable & {
	readonly pid: number;
	/** The rows of the screen, without the spaces at their ends. */
	lines(): readonly string[];
	text(): string;
	/** Types; each call is one write. */
	type(keys: string): void;
	paste(text: string): void;
	resize(columns: number, rows: number): void;
	/** Resolves when the screen fulfils the condition; fails with a picture of the screen when it never does. */
	until(condition: (text: string) => boolean, what?: string, patience?: number): Promise<void>;
	/** All bytes that the program has written, and how often they held a full clear. */
	bytes(): number;
	raw(): string;
	isAlternate(): boolean;
	/** Stops reading what the program writes, as a stalled line does. */
	stall(): void;
	resume(): void;
	/** Reads only so many bytes a second from now on, as a thin line does; the buffers before it are those of the kernel. */
	throttle(bytesPerSecond: number): void;
	signal(name: string): void;
	/** Closes the terminal's other end, as a lost connection does; the program may go on. */
	hangUp(): void;
	/** The exit code or signal, when it has ended. */
	ended(patience?: number): Promise<{readonly exitCode: number; readonly signal: number | undefined}>;
};

export type TerminalOptions = {
	readonly columns?: number;
	readonly rows?: number;
	readonly env?: Readonly<Record<string, string | undefined>>;
	readonly cwd?: string;
};

export const startInTerminal = (
	file: string,
	args: readonly string[],
	options: TerminalOptions = {},
): TerminalSession => {
	const columns = options.columns ?? 80;
	const rows = options.rows ?? 24;
	const screen = new xterm.Terminal({cols: columns, rows, allowProposedApi: true, scrollback: 1000});
	const pty = spawn(file, [...args], {
		cols: columns,
		rows,
		name: 'xterm-256color',
		cwd: options.cwd ?? process.cwd(),
		env: environment(options.env ?? {}),
	});
	let raw = '';
	const watchers = new Set<() => void>();
	const look = (): void => {
		for (const watcher of watchers) watcher();
	};
	const take = (data: string): void => {
		raw += data;
		screen.write(data, look);
	};
	pty.onData(take);
	let drip: NodeJS.Timeout | undefined;
	const exit = Promise.withResolvers<{readonly exitCode: number; readonly signal: number | undefined}>();
	let hasEnded = false;
	let isGone = false;
	pty.onExit(({exitCode, signal}) => {
		hasEnded = true;
		exit.resolve({exitCode, signal});
	});
	const lines = (): readonly string[] => {
		const {active} = screen.buffer;
		return Array.from(
			{length: screen.rows},
			(_, row) =>
				active
					.getLine(active.viewportY + row)
					// After a smaller size the model keeps the cells that are beyond it.
					?.translateToString(true, 0, screen.cols)
					.trimEnd() ?? '',
		);
	};
	const text = (): string => lines().join('\n');
	return {
		pid: pty.pid,
		lines,
		text,
		type: keys => pty.write(keys),
		paste: pasted => pty.write(`\u001B[200~${pasted}\u001B[201~`),
		resize(nextColumns, nextRows) {
			screen.resize(nextColumns, nextRows);
			pty.resize(nextColumns, nextRows);
		},
		until: (condition, what = 'the condition', patience = 20_000) =>
			within(patience, `${what} never held; the screen was:\n`, text, done => {
				const check = (): void => {
					if (!condition(text())) return;
					watchers.delete(check);
					done();
				};
				watchers.add(check);
				check();
			}),
		bytes: () => Buffer.byteLength(raw),
		raw: () => raw,
		isAlternate: () => screen.buffer.active.type === 'alternate',
		stall: () => pty.pause(),
		resume: () => pty.resume(),
		throttle(bytesPerSecond) {
			// The stream of node-pty reads 64 kB at a time, whatever is asked of it.
			pty.pause();
			const decoder = new StringDecoder();
			const part = Buffer.alloc(Math.max(1, Math.round(bytesPerSecond / drips)));
			drip = setInterval(() => take(decoder.write(part.subarray(0, readNow(pty, part)))), 1000 / drips);
		},
		signal: name => pty.kill(name),
		hangUp() {
			isGone = true;
			// node-pty 1.1 closes the master and then sends SIGHUP itself, as the kernel has done by then.
			(pty as IPty & {destroy(): void}).destroy();
		},
		ended: (patience = 20_000) => {
			const timeout = Promise.withResolvers<never>();
			const timer = setTimeout(
				() => timeout.reject(new Error(`it has not ended; the screen was:\n${text()}`)),
				patience,
			);
			return Promise.race([exit.promise, timeout.promise]).finally(() => clearTimeout(timer));
		},
		async [Symbol.asyncDispose]() {
			clearInterval(drip);
			if (!hasEnded && !isGone) await endHard(pty, exit.promise);
			screen.dispose();
		},
	};
};

/** Parts of a second in which a throttled line reads. */
const drips = 20;

/** Bytes that were there to be read; 0 also where the other end is closed. */
const readNow = (pty: IPty, into: Buffer): number => {
	try {
		return readSync((pty as IPty & {readonly fd: number}).fd, into);
	} catch {
		return 0;
	}
};

const endHard = async (pty: IPty, exited: Promise<unknown>): Promise<void> => {
	pty.resume();
	pty.kill('SIGKILL');
	await exited;
};

/** The environment of the tests without what would make programs believe that nobody looks. */
const environment = (change: Readonly<Record<string, string | undefined>>): Record<string, string> => {
	const kept: Record<string, string> = {};
	for (const [name, value] of Object.entries({...process.env, ...change})) {
		if (name === 'CI' || name === 'CONTINUOUS_INTEGRATION' || name === 'NO_COLOR' || name === 'FORCE_COLOR') {
			if (change[name] !== undefined) kept[name] = change[name];
		} else if (value !== undefined) kept[name] = value;
	}

	return kept;
};

const within = (
	patience: number,
	complaint: string,
	picture: () => string,
	start: (done: () => void) => void,
): Promise<void> =>
	new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error(complaint + picture())), patience);
		start(() => {
			clearTimeout(timer);
			resolve();
		});
	});
