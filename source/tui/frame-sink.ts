import {EventEmitter} from 'node:events';
import type {WriteStream} from 'node:tty';
import type {Duration} from '../domain/time.ts';
import {toAscii} from './ascii.ts';
import {createFrameDiff} from './frame-diff.ts';
import {createLineBudget} from './line-budget.ts';
import {giveTitleBack, keepTitle, type Signals} from './alerts.ts';
import {lookAtSize, setBlocking, writeNow} from './terminal-handle.ts';

const controls = /^(?:\u001B\[\?\d+[hl])+$/;
const enterScreen = '\u001B[?1049h';
const hideCursor = '\u001B[?25l';
/** The terminal puts marks around what is pasted. */
const markPastes = '\u001B[?2004h';
/** For consoles that have no second screen, and so nothing empty to begin with. */
const emptyScreen = '\u001B[m\u001B[H\u001B[J';

/** Everything that a screen may have switched on, switched off: bracketed paste, mouse, looks, hidden cursor, alternate screen. */
export const restoreTerminal =
	'\u001B[?2004l\u001B[?1000l\u001B[?1002l\u001B[?1003l\u001B[?1006l\u001B[0m\u001B[?25h\u001B[?1049l';

/**
 * The terminal as Ink sees it. What is drawn comes in whole frames, from Ink (in its debug mode, where each write is one
 * frame) or as rows; the sink writes only the cells that changed, and nothing where nothing changed.
 *
 * While the terminal does not read, the newest frame waits and older ones are forgotten: Ink 8's own output blocks the whole
 * process then, the downloads too. Marks for synchronised output are not sent: each frame is one write, and what changes is
 * so little that there is nothing to see half of; several terminals do not know them.
 */
export class FrameSink extends EventEmitter {
	readonly isTTY = true;
	#terminal: WriteStream;
	readonly #diff = createFrameDiff();
	readonly #budget = createLineBudget();
	/** For locales that are not UTF-8: nothing beyond seven bits leaves. */
	readonly #isAscii: boolean;
	#newest: readonly string[] | undefined;
	#isBusy = false;
	#isClosed = false;
	/** An alert that waits until the terminal reads again. */
	#alert: Signals | undefined;
	/** The title is ours, and has to be given back. */
	#isTitled = false;
	/** The alternate screen is on; Ink asks for it once more when it is loaded. */
	#isEntered = false;
	/** Somebody else has the terminal. */
	#isAway = false;
	#isResizing = false;
	// Ink draws at once, with a tree that has not heard of the new size; that frame must not be seen. The one for the new size
	// comes with the next turn of the event loop.
	#onResize = (): void => {
		this.#isResizing = true;
		this.#diff.forget();
		this.emit('resize');
		setImmediate(() =>
			setImmediate(() => {
				this.#isResizing = false;
				this.#paint();
			}),
		);
	};

	// A size that came back before anybody looked is no 'resize' to Node; the terminal has moved its rows about all the same.
	#onSizeSignal = (): void => {
		lookAtSize(this.#terminal);
		this.#diff.forget();
		this.#paint();
	};

	constructor(terminal: WriteStream, isAscii = false) {
		super();
		this.#isAscii = isAscii;
		this.#terminal = terminal;
		setBlocking(terminal, false);
		terminal.on('resize', this.#onResize);
		process.on('SIGWINCH', this.#onSizeSignal);
	}

	get columns(): number {
		return this.#terminal.columns || 80;
	}

	// Without rows Ink 8 asks for the size in a way that costs 3.4 ms a frame.
	get rows(): number {
		return this.#terminal.rows || 24;
	}

	get writable(): boolean {
		return !this.#isClosed && this.#terminal.writable;
	}

	/** Takes a frame or a mode switch of Ink. Never blocks and never fails: a terminal that went away is reported by its own events. */
	write(text: string, onWritten?: unknown): boolean {
		if (text !== '') {
			if (controls.test(text)) this.#control(text);
			else this.show(text.split('\n'));
		}

		if (typeof onWritten === 'function') setImmediate(onWritten as () => void);
		return true;
	}

	/** Takes a frame as rows with SGR sequences; those below the last row of the terminal are not drawn. */
	show(rows: readonly string[]): void {
		this.#newest = rows;
		lookAtSize(this.#terminal);
		this.#paint();
	}

	/** How long a thin line still has to do with what was drawn: progress waits for that, keys do not. */
	rest(): Duration {
		return this.#budget.rest(performance.now());
	}

	/** Takes the terminal: the alternate screen, without a cursor. */
	enter(): void {
		this.#isAway = false;
		this.#control(enterScreen + hideCursor + markPastes);
	}

	/** Gives the terminal to somebody else for a while, as it was; resolves when it has taken that. `enter` takes it back. */
	async leave(): Promise<void> {
		this.#isAway = true;
		await this.#restore(1000);
	}

	/** Rings, and sets the title. What draws nothing goes between two frames; while the terminal is stalled, the newest waits. */
	alert(signals: Signals): void {
		if (this.#isClosed || this.#isAway || !this.#isEntered) return;
		if (this.#isBusy) {
			this.#alert = signals;
			return;
		}

		this.#alert = undefined;
		const {ring, title} = signals;
		const kept = title === undefined || this.#isTitled ? '' : keepTitle;
		this.#isTitled ||= title !== undefined;
		const out = `${kept}${title ?? ''}${ring}`;
		if (out !== '') this.#sendAlone(out);
	}

	/** Draws every row again, each over what stands there: something else has written on the terminal. */
	repaint(): void {
		this.#diff.forget();
		this.#control(hideCursor);
		this.#paint();
	}

	/** Gives the terminal back as it was. Resolves when it has taken that, or after `patience` milliseconds if it reads nothing. */
	async close(patience = 1000): Promise<void> {
		if (this.#isClosed) return;
		this.#stop();
		await this.#restore(patience);
	}

	/** The same when the process is about to end and nothing can be waited for. Does not block on a terminal that is not read. */
	closeNow(): void {
		if (this.#isClosed) return;
		this.#stop();
		if (this.#isEntered) writeNow(this.#terminal, this.#restoring());
	}

	#stop(): void {
		this.#isClosed = true;
		this.#terminal.off('resize', this.#onResize);
		process.off('SIGWINCH', this.#onSizeSignal);
	}

	async #restore(patience: number): Promise<void> {
		this.#isEntered = false;
		if (this.#terminal.destroyed || !this.#terminal.writable) return;
		await new Promise<void>(resolve => {
			const timer = setTimeout(resolve, patience);
			this.#terminal.write(this.#restoring(), () => {
				clearTimeout(timer);
				setBlocking(this.#terminal, true);
				resolve();
			});
		});
	}

	#restoring(): string {
		const title = this.#isTitled ? giveTitleBack : '';
		this.#isTitled = false;
		return title + restoreTerminal;
	}

	#control(text: string): void {
		if (this.#isClosed || this.#isAway) return;
		if (!text.includes(enterScreen)) {
			this.#send(text);
			return;
		}

		if (this.#isEntered) return;
		this.#isEntered = true;
		this.#diff.erased();
		setBlocking(this.#terminal, false);
		this.#send(text + emptyScreen);
	}

	#paint(): void {
		if (this.#isBusy || this.#isResizing || this.#isClosed || this.#isAway || this.#newest === undefined) return;
		const lines = this.#isAscii ? this.#newest.map(line => toAscii(line)) : this.#newest;
		const out = this.#diff.update(lines, this);
		if (out === '') return;
		this.#budget.spend(Buffer.byteLength(out), performance.now());
		this.#sendAlone(out);
	}

	/** Nothing else is sent before the terminal has taken this. */
	#sendAlone(out: string): void {
		this.#isBusy = true;
		this.#send(out, () => {
			this.#isBusy = false;
			if (this.#alert === undefined) this.#paint();
			else this.alert(this.#alert);
		});
	}

	#send(text: string, onWritten?: () => void): void {
		try {
			this.#terminal.write(text, () => onWritten?.());
		} catch {
			// Destroyed between the check and the write; its 'error' or 'close' tells the screen.
		}
	}
}
