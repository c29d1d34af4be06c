import {render} from 'ink';
import type {ReadStream, WriteStream} from 'node:tty';
import type {Engine} from '../engine/ports.ts';
import {App} from './app.tsx';
import {FrameSink} from './frame-sink.ts';
import {createScreenModel, type ScreenEnd, type ScreenModel} from './screen.ts';
import {styleOf, type ThemeName} from './theme.ts';

export type ScreenOptions = {
	readonly stdin: ReadStream;
	readonly stdout: WriteStream;
	/** Default: `terminal`, the terminal's own palette. */
	readonly theme?: ThemeName;
	/** Seven-bit shapes, for locales that are not UTF-8. Default: false. */
	readonly ascii?: boolean;
	/** The scheduler runs in another process; leaving the screen leaves it alone. */
	readonly isAttached: boolean;
	/** Whether the scheduler can go on without this screen. Default: false. */
	readonly canDetach?: boolean;
	/** Ends the screen from outside, as if the person had chosen to stop: for a program that catches SIGTERM itself. */
	readonly signal?: AbortSignal;
};

/**
 * Shows the engine until the person leaves or the terminal goes away, and gives the terminal back as it was. Never rejects
 * for what a terminal can do; the engine stays open.
 */
export const openScreen = async (engine: Engine, options: ScreenOptions): Promise<ScreenEnd> => {
	const {stdin, stdout} = options;
	const sink = new FrameSink(stdout, options.ascii ?? false);
	const ended = Promise.withResolvers<ScreenEnd>();
	const screen = createScreenModel({
		engine,
		columns: sink.columns,
		rows: sink.rows,
		style: styleOf(options.theme ?? 'terminal', options.ascii ?? false),
		isAttached: options.isAttached,
		canDetach: options.canDetach ?? false,
		onEnd: ended.resolve,
		onRedraw: () => sink.repaint(),
	});
	const stopListening = listenForEnd(stdin, stdout, () => ended.resolve({reason: 'hangup'}));
	const stop = (): void => ended.resolve({reason: 'quit', choice: 'stop'});
	if (options.signal?.aborted === true) stop();
	options.signal?.addEventListener('abort', stop, {once: true});
	const restoreAtExit = (): void => sink.closeNow();
	process.once('exit', restoreAtExit);
	const instance = mount(screen, sink, stdin);
	instance.waitUntilExit().then(
		// Ink unmounts by itself only when the process is told to end or when drawing threw.
		() => ended.resolve({reason: 'hangup'}),
		(error: unknown) => ended.reject(error),
	);
	try {
		const end = await ended.promise;
		stopListening(end);
		return end;
	} finally {
		options.signal?.removeEventListener('abort', stop);
		screen.close();
		instance.unmount();
		await sink.close();
		process.removeListener('exit', restoreAtExit);
		stdin.pause();
	}
};

const mount = (screen: ScreenModel, sink: FrameSink, stdin: ReadStream): ReturnType<typeof render> => {
	sink.on('resize', () => screen.ui.dispatch({type: 'resize', columns: sink.columns, rows: sink.rows}));
	return render(<App screen={screen} />, {
		stdin,
		// Ink asks of its output what the sink has: write, columns, rows, isTTY and 'resize'.
		stdout: sink as unknown as WriteStream,
		// In debug mode each write is one whole frame; that is what the sink compares.
		debug: true,
		interactive: true,
		alternateScreen: true,
		exitOnCtrlC: false,
		patchConsole: false,
		maxFps: 1000,
	});
};

/**
 * A lost terminal shows itself as SIGHUP, as the end of stdin, or as EIO or EPIPE on either stream; often as several of
 * them, and more than once. After a hangup the listeners stay, because a second signal would end the process.
 */
const listenForEnd = (stdin: ReadStream, stdout: WriteStream, onHangup: () => void): ((end: ScreenEnd) => void) => {
	process.on('SIGHUP', onHangup);
	stdout.on('error', onHangup);
	stdout.on('close', onHangup);
	stdin.on('error', onHangup);
	stdin.on('end', onHangup);
	stdin.on('close', onHangup);
	return end => {
		if (end.reason === 'hangup') return;
		process.removeListener('SIGHUP', onHangup);
		stdout.removeListener('error', onHangup);
		stdout.removeListener('close', onHangup);
		stdin.removeListener('error', onHangup);
		stdin.removeListener('end', onHangup);
		stdin.removeListener('close', onHangup);
	};
};
