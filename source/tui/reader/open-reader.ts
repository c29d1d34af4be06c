import type {Duration} from '../../domain/time.ts';
import type {Engine} from '../../engine/ports.ts';
import type {ScreenOptions} from '../open-screen.ts';
import type {ScreenEnd} from '../screen.ts';
import {followAlerts, giveTitleBack, keepTitle, signalsOf} from '../alerts.ts';
import {listenForEnd, releaseInput, restoreAtSignals} from '../terminal-life.ts';
import {createAnnouncer} from './announcer.ts';
import {createLineEditor, type LineEditor} from './line-editor.ts';
import {createNumbers} from './numbers.ts';
import {createTalk} from './session.ts';
import {createVoice} from './voice.ts';
import {summary} from './words.ts';
import {createWriter, type Writer} from './writer.ts';

export type ReaderOptions = Pick<
	ScreenOptions,
	'stdin' | 'stdout' | 'ascii' | 'env' | 'isAttached' | 'canDetach' | 'signal' | 'onShown' | 'suspend'
> & {
	/** How long changes are collected before they are said. Default: 2 s. */
	readonly burst?: Duration;
	/** The terminal knows no control sequences and writes its lines itself, as in an editor. Default: false. */
	readonly isDumb?: boolean;
};

const pasteOn = '\u001B[?2004h';
const pasteOff = '\u001B[?2004l';

/**
 * The queue as plain lines, for screen readers: what is said is appended and never drawn over. No alternate screen, no
 * cursor that jumps, no bars, nothing that moves by itself; what happens in the queue is said when it is news. Ink's own mode
 * for screen readers draws its whole output anew at each change, which is read anew, so that Ink has no part in this.
 *
 * Ends as the screen does, and lets the engine open.
 */
export const openReader = async (engine: Engine, options: ReaderOptions): Promise<ScreenEnd> => {
	const {stdin, stdout} = options;
	const ended = Promise.withResolvers<ScreenEnd>();
	const stopListening = listenForEnd(stdin, stdout, () => ended.resolve({reason: 'hangup'}));
	const stop = (): void => ended.resolve({reason: 'quit', choice: 'stop'});
	if (options.signal?.aborted === true) stop();
	options.signal?.addEventListener('abort', stop, {once: true});
	const restore = (): void => {
		if (stdin.destroyed) return;
		stdin.setRawMode(false);
		if (options.isDumb !== true) stdout.write(pasteOff);
	};
	process.once('exit', restore);
	const stopCatching = restoreAtSignals(restore);
	const writer = createWriter(stdout, options.ascii ?? false);
	const alarm = ringFor(engine, writer, options);
	const reader = startReader(engine, writer, options, ended.resolve);
	try {
		options.onShown?.();
		const end = await ended.promise;
		stopListening(end);
		return end;
	} finally {
		options.signal?.removeEventListener('abort', stop);
		reader.close();
		alarm.close();
		await writer.close();
		process.removeListener('exit', restore);
		stopCatching();
		stdin.pause();
	}
};

/** Alerts, where they are wanted here too: a bell in the middle of what is being read out is not for everybody. */
const ringFor = (engine: Engine, writer: Writer, options: ReaderOptions): {close(): void} => {
	let isTitled = false;
	const stop = followAlerts(engine, alert => {
		if (!alert.inReader) return;
		const env = options.isDumb === true ? {} : (options.env ?? process.env);
		const {ring, title} = signalsOf(alert, env, options.ascii ?? false);
		const kept = title === undefined || isTitled ? '' : keepTitle;
		isTitled ||= title !== undefined;
		writer.write(`${kept}${title ?? ''}${ring}`);
	});
	return {
		close() {
			stop();
			if (isTitled) writer.write(giveTitleBack);
		},
	};
};

const startReader = (
	engine: Engine,
	writer: Writer,
	options: ReaderOptions,
	onEnd: (end: ScreenEnd) => void,
): {close(): void} => {
	const {stdin} = options;
	const numbers = createNumbers();
	// In the last column some terminals begin a new line by themselves.
	const voice = createVoice(writer, () => Math.max(20, (options.stdout.columns || 80) - 1));
	const announcer = createAnnouncer(engine, lines => voice.announce(lines), numbers.name, options.burst);
	const talk = createTalk({
		engine,
		numbers,
		isAttached: options.isAttached,
		canDetach: options.canDetach ?? false,
		say: (...lines) => voice.answer(lines),
		acknowledge: announcer.acknowledge,
		end(end) {
			voice.end();
			onEnd(end);
		},
	});
	let queue = Promise.resolve();
	/** One after the other, in the order in which they were said. */
	const inTurn = (act: () => Promise<void>): void => {
		voice.begin();
		queue = queue.then(act).then(() => voice.done());
	};
	const suspend = async (): Promise<void> => {
		if (options.suspend === undefined) return;
		close();
		writer.write('\n');
		await options.suspend();
		open();
		voice.answer(summary(engine.getSnapshot()));
		voice.done();
	};
	const isDumb = options.isDumb ?? false;
	// A terminal that writes its lines itself has echoed them.
	const editor: LineEditor = createLineEditor(text => (isDumb ? undefined : writer.write(text)), {
		onLine: line => inTurn(() => talk.hear(line)),
		onPaste: lines => inTurn(() => talk.paste(lines)),
		onInterrupt() {
			writer.write('\n');
			inTurn(() => talk.hear('quit'));
		},
		onSuspend: () => void suspend(),
		onChange: () => voice.typing(editor.text()),
	});
	const read = (): void => {
		for (let chunk: unknown = stdin.read(); chunk !== null; chunk = stdin.read()) editor.hear(String(chunk));
	};
	const open = (): void => {
		stdin.setEncoding('utf8');
		if (!isDumb) {
			stdin.setRawMode(true);
			writer.write(pasteOn);
		}

		stdin.on('readable', read);
		stdin.ref();
		// What was typed before anybody listened; it also sets a stream in motion that had been stopped.
		read();
	};
	const close = (): void => {
		stdin.off('readable', read);
		releaseInput(stdin);
		if (!isDumb) writer.write(pasteOff);
	};
	open();
	voice.answer(['tidegate, plain lines', ...summary(engine.getSnapshot()), 'say: list, help, or quit']);
	voice.done();
	return {
		close() {
			close();
			editor.close();
			announcer.close();
			voice.close();
		},
	};
};
