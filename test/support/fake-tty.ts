import xterm from '@xterm/headless';
import {Duplex, Writable} from 'node:stream';
import type {ReadStream, WriteStream} from 'node:tty';

/** A terminal within the process: streams like those of a TTY, and the model of a screen behind them. */
export type FakeTerminal = {
	readonly stdin: ReadStream;
	readonly stdout: WriteStream;
	/** The model, for whoever wants to look at cells. */
	readonly screen: xterm.Terminal;
	/** The rows of the screen without the spaces at their ends, when everything that was written is on it. */
	lines(): Promise<readonly string[]>;
	/** One read of the program. */
	type(keys: string): void;
	resize(columns: number, rows: number): void;
	/** What only a frame that is too wide or too tall does: wrapped rows and scrolled lines, counted since the start. */
	overflows(): number;
	bytes(): number;
	dispose(): void;
};

export const fakeTerminal = (columns: number, rows: number): FakeTerminal => {
	const screen = new xterm.Terminal({cols: columns, rows, allowProposedApi: true, scrollback: 0});
	let bytes = 0;
	let overflows = 0;
	// In the alternate screen nothing may scroll; a wrapped row is one that was written beyond its end.
	let isResizing = false;
	screen.onScroll(() => {
		const {type, cursorY} = screen.buffer.active;
		// The model tells of a scroll also when the alternate screen is entered.
		if (type === 'alternate' && cursorY === screen.rows - 1 && !isResizing) overflows++;
	});
	const stdout = new Writable({
		decodeStrings: false,
		write(chunk: string | Buffer, _encoding, done) {
			bytes += Buffer.byteLength(chunk);
			screen.write(chunk, done);
		},
	});
	Object.assign(stdout, {isTTY: true, columns, rows});
	const stdin = new Duplex({
		read() {
			// Keys are pushed as they are typed.
		},
		write(_chunk, _encoding, done) {
			done();
		},
	});
	Object.assign(stdin, {isTTY: true, setRawMode: () => stdin, ref: () => stdin, unref: () => stdin});
	const countWrapped = (): number => {
		let wrapped = 0;
		for (let row = 0; row < screen.rows; row++) if (screen.buffer.active.getLine(row)?.isWrapped === true) wrapped++;
		return wrapped;
	};
	const drained = (): Promise<void> => new Promise(resolve => screen.write('', resolve));
	return {
		stdin: stdin as unknown as ReadStream,
		stdout: stdout as unknown as WriteStream,
		screen,
		async lines() {
			await drained();
			overflows += countWrapped();
			const {active} = screen.buffer;
			return Array.from(
				{length: screen.rows},
				(_, row) => active.getLine(row)?.translateToString(true, 0, screen.cols).trimEnd() ?? '',
			);
		},
		type: keys => void stdin.push(keys),
		resize(nextColumns, nextRows) {
			isResizing = true;
			screen.resize(nextColumns, nextRows);
			isResizing = false;
			Object.assign(stdout, {columns: nextColumns, rows: nextRows});
			stdout.emit('resize');
		},
		overflows: () => overflows,
		bytes: () => bytes,
		dispose() {
			stdin.destroy();
			screen.dispose();
		},
	};
};
