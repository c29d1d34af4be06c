import {execFile, spawnSync} from 'node:child_process';
import {setTimeout as delay} from 'node:timers/promises';
import {promisify} from 'node:util';
import {startInTerminal} from './terminal.ts';

const run = promisify(execFile);

/** How a line drops. */
export const drops = ['SIGHUP to the process', 'its terminal is closed', 'tmux kill-pane'] as const;
export type Drop = (typeof drops)[number];

/** A program behind a line that can be cut. */
export type Line = {
	/** What the terminal shows now. */
	text(): Promise<string>;
	pid(): Promise<number>;
	drop(): Promise<void>;
};

export const hasTmux = (): boolean => spawnSync('tmux', ['-V']).error === undefined;

export type LineOrder = {
	readonly file: string;
	readonly args: readonly string[];
	readonly cwd: string;
	readonly env: Readonly<Record<string, string | undefined>>;
};

const columns = 120;
const rows = 40;

export const openLine = async (drop: Drop, order: LineOrder): Promise<Line> =>
	drop === 'tmux kill-pane' ? openInTmux(order) : openInTerminal(drop, order);

const openInTerminal = (drop: Drop, {file, args, cwd, env}: LineOrder): Line => {
	const session = startInTerminal(file, args, {cwd, env, columns, rows});
	return {
		text: async () => session.text(),
		pid: async () => session.pid,
		async drop() {
			if (drop === 'SIGHUP to the process') session.signal('SIGHUP');
			else session.hangUp();
		},
	};
};

const openInTmux = async ({file, args, cwd, env}: LineOrder): Promise<Line> => {
	// A server of its own, whose socket lies in the directory of the run.
	const name = `line-${process.pid}-${performance.now().toFixed(0)}`;
	const clean = Object.fromEntries(
		Object.entries({...process.env, ...env}).filter(([key]) => !/^(?:CI|TMUX.*)$/.test(key)),
	);
	const tmux = async (...words: readonly string[]): Promise<string> => {
		const {stdout} = await run('tmux', ['-L', name, '-f', '/dev/null', ...words], {
			cwd,
			env: {...clean, TMUX_TMPDIR: cwd},
		});
		return stdout;
	};

	await tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), '--', file, ...args);
	return {
		text: () => tmux('capture-pane', '-p'),
		pid: async () => Number(await tmux('display-message', '-p', '#{pane_pid}')),
		async drop() {
			// With its last pane the server ends as well.
			await tmux('kill-pane');
		},
	};
};

/** Waits until the line shows what is wanted, and tells what it shows then; fails with a picture. */
export const untilShown = async (
	line: Line,
	condition: (text: string) => boolean,
	what: string,
	patience = 20_000,
): Promise<string> => {
	const deadline = performance.now() + patience;
	for (;;) {
		const text = await line.text();
		if (condition(text)) return text;
		if (performance.now() > deadline) throw new Error(`${what} was never shown; the screen was:\n${text}`);
		await delay(10);
	}
};
