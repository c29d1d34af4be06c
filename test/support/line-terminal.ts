import xterm from '@xterm/headless';
import {EventEmitter} from 'node:events';
import type {WriteStream} from 'node:tty';
import {feed} from './terminal-picture.ts';

/** The end of a line to a terminal: takes what is written now or, while it is stalled, some time, as a slow line does. */
export type LineTerminal = {
	readonly stdout: WriteStream;
	/** What has come through so far, one text a write. */
	readonly writes: readonly string[];
	stall(): void;
	/** Takes what has been waiting, and everything that follows. */
	resume(): void;
	/** Resolves when nothing is on its way any more. */
	settled(): Promise<void>;
	/** Another size, with the signal or, for one that gets lost, without. */
	resize(columns: number, rows: number, hasSignal?: boolean): void;
	/** Writes of others on the same terminal. */
	scribble(text: string): void;
	/** From now on writing fails. */
	break(code: 'EIO' | 'EPIPE'): void;
	/** The terminal with everything on it that has come through. */
	screen(): Promise<xterm.Terminal>;
};

export const lineTerminal = (columns: number, rows: number): LineTerminal => {
	const model = new xterm.Terminal({cols: columns, rows, allowProposedApi: true, scrollback: 0});
	const writes: string[] = [];
	const waiting: Array<() => void> = [];
	let isStalled = false;
	let failure: string | undefined;
	let size = {columns, rows};
	const stdout = Object.assign(new EventEmitter(), {
		isTTY: true,
		writable: true,
		destroyed: false,
		columns,
		rows,
		write(text: string, onWritten?: (error?: Error) => void): boolean {
			if (failure !== undefined) {
				const error = Object.assign(new Error(`write ${failure}`), {code: failure});
				setImmediate(() => {
					onWritten?.(error);
					stdout.emit('error', error);
				});
				return false;
			}

			const take = (): void => {
				writes.push(text);
				model.write(text);
				setImmediate(() => onWritten?.());
			};
			if (isStalled) waiting.push(take);
			else take();
			return !isStalled;
		},
		/** As Node's streams of terminals have it. */
		_refreshSize(): void {
			if (failure !== undefined) {
				stdout.emit('error', Object.assign(new Error(`getWindowSize ${failure}`), {code: failure}));
				return;
			}

			if (stdout.columns === size.columns && stdout.rows === size.rows) return;
			Object.assign(stdout, size);
			stdout.emit('resize');
		},
	});
	return {
		stdout: stdout as unknown as WriteStream,
		writes,
		stall() {
			isStalled = true;
		},
		resume() {
			isStalled = false;
			for (const take of waiting.splice(0)) take();
		},
		async settled() {
			for (let turn = 0; turn < 8; turn++) await new Promise(resolve => setImmediate(resolve));
		},
		resize(nextColumns, nextRows, hasSignal = true) {
			// To be told the size that it has is nothing to a terminal, and the kernel sends no signal for it.
			if (nextColumns === size.columns && nextRows === size.rows) return;
			size = {columns: nextColumns, rows: nextRows};
			model.resize(nextColumns, nextRows);
			// Terminals move rows about then, each in its own way.
			model.write('\u001B[2;3H\u001B[42mmoved\u001B[m about\u001B[4;1H\u001B[K');
			// One that is back at the size that is known cannot be noticed without a signal, by nobody.
			const isBack = stdout.columns === size.columns && stdout.rows === size.rows;
			if (!hasSignal && !isBack) return;
			const {_refreshSize: refreshSize} = stdout;
			refreshSize();
			process.emit('SIGWINCH', 'SIGWINCH');
		},
		scribble: text => model.write(text),
		break(code) {
			failure = code;
		},
		async screen() {
			await feed(model, '');
			return model;
		},
	};
};
