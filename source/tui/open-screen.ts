import type {ReadStream, WriteStream} from 'node:tty';
import type {Engine} from '../engine/ports.ts';
import type {AbsolutePath} from './adding/check.ts';
import {followAlerts, signalsOf} from './alerts.ts';
import {colourDepth} from './colour-depth.ts';
import type {Depth} from './colour.ts';
import {firstFrame} from './first-frame.ts';
import {FrameSink} from './frame-sink.ts';
import type {MountedScreen} from './mount-screen.tsx';
import {followPreferences, usable, type PreferenceKeeper} from './preferences.ts';
import {remapped, type KeyOverrides} from './remap.ts';
import {createScreenModel, type ScreenEnd, type ScreenModel} from './screen.ts';
import {listenForEnd, releaseInput, restoreAtSignals} from './terminal-life.ts';
import {styleOf, type Style, type ThemeName} from './theme.ts';

export type ScreenOptions = {
	readonly stdin: ReadStream;
	readonly stdout: WriteStream;
	/** Makes paths that are written while adding absolute. Default: as they are. */
	readonly absolutePath?: AbsolutePath;
	/** Default: what was chosen last, at first `terminal`, the terminal's own palette. */
	readonly theme?: ThemeName;
	/** Default: `auto`, what the environment says. */
	readonly colours?: Depth | 'auto';
	/** Where it is looked up what the terminal can. */
	readonly env?: Readonly<Record<string, string | undefined>>;
	/** What the screen remembers. Default: nothing. */
	readonly preferences?: PreferenceKeeper;
	/** Seven-bit shapes, for locales that are not UTF-8. Default: false. */
	readonly ascii?: boolean;
	/** Keys that are not as they come; they have been checked. */
	readonly keys?: KeyOverrides;
	/** The scheduler runs in another process; leaving the screen leaves it alone. */
	readonly isAttached: boolean;
	/** Whether the scheduler can go on without this screen. Default: false. */
	readonly canDetach?: boolean;
	/** Ends the screen from outside, as if the person had chosen to stop: for a program that catches SIGTERM itself. */
	readonly signal?: AbortSignal;
	/** Called when there is something to see and keys are heard; again after each time that it was suspended. */
	readonly onShown?: () => void;
	/**
	 * Stops the process, and resolves when it has the terminal again. It is called with the terminal as it was before the
	 * screen. Without it there is no way back to the shell but to leave.
	 */
	readonly suspend?: () => Promise<void>;
};

/**
 * Shows the engine until the person leaves or the terminal goes away, and gives the terminal back as it was. Never rejects
 * for what a terminal can do; the engine stays open.
 *
 * The first frame is painted without Ink, which is loaded behind it.
 */
export const openScreen = async (engine: Engine, options: ScreenOptions): Promise<ScreenEnd> => {
	const {stdin, stdout} = options;
	const sink = new FrameSink(stdout, options.ascii ?? false);
	const ended = Promise.withResolvers<ScreenEnd>();
	const screen = createScreenModel({
		engine,
		columns: sink.columns,
		rows: sink.rows,
		style: styleFor(options),
		isAttached: options.isAttached,
		keymap: options.keys === undefined ? undefined : remapped(options.keys),
		canDetach: options.canDetach ?? false,
		onEnd: ended.resolve,
		onRedraw: () => sink.repaint(),
		onSuspend: () => void suspend(),
		rest: () => sink.rest(),
		absolutePath: options.absolutePath,
	});
	const forget = options.preferences === undefined ? undefined : followPreferences(screen, options.preferences);
	const stopAlerts = followAlerts(engine, alert =>
		sink.alert(signalsOf(alert, options.env ?? process.env, options.ascii ?? false)),
	);
	sink.on('resize', () => screen.ui.dispatch({type: 'resize', columns: sink.columns, rows: sink.rows}));
	const stopListening = listenForEnd(stdin, stdout, () => ended.resolve({reason: 'hangup'}));
	const stop = (): void => ended.resolve({reason: 'quit', choice: 'stop'});
	if (options.signal?.aborted === true) stop();
	options.signal?.addEventListener('abort', stop, {once: true});
	const restore = (): void => {
		sink.closeNow();
		if (!stdin.destroyed) stdin.setRawMode(false);
	};
	process.once('exit', restore);
	const stopCatching = restoreAtSignals(restore);
	let hasEnded = false;
	let mounted: MountedScreen | undefined;
	const show = async (): Promise<void> => {
		takeTerminal(stdin, sink);
		const frame = firstFrame(screen);
		if (frame !== undefined) sink.write(frame);
		const {mountScreen} = await import('./mount-screen.tsx');
		if (hasEnded) return;
		const current = mountScreen(screen, sink, stdin);
		mounted = current;
		options.onShown?.();
		await current.ended;
		if (mounted === current) ended.resolve({reason: 'hangup'});
	};

	const draw = (): void => void show().catch((error: unknown) => ended.reject(error));

	const unmount = (): void => {
		const current = mounted;
		mounted = undefined;
		current?.unmount();
	};

	const suspend = async (): Promise<void> => {
		if (options.suspend === undefined || mounted === undefined || hasEnded) return;
		process.off('SIGTSTP', onStopSignal);
		unmount();
		releaseInput(stdin);
		await sink.leave();
		await options.suspend();
		if (hasEnded) return;
		process.on('SIGTSTP', onStopSignal);
		draw();
	};

	const onStopSignal = (): void => void suspend();
	if (options.suspend !== undefined) process.on('SIGTSTP', onStopSignal);
	try {
		await Promise.race([firstRows(screen), ended.promise]);
		draw();
		const end = await ended.promise;
		stopListening(end);
		return end;
	} finally {
		hasEnded = true;
		process.off('SIGTSTP', onStopSignal);
		options.signal?.removeEventListener('abort', stop);
		forget?.();
		stopAlerts();
		screen.close();
		unmount();
		releaseInput(stdin);
		await sink.close();
		process.removeListener('exit', restore);
		stopCatching();
		stdin.pause();
	}
};

const styleFor = ({theme, colours, ascii, env, preferences}: ScreenOptions): Style =>
	styleOf(
		theme ?? usable(preferences?.kept ?? {}).theme ?? 'terminal',
		ascii ?? false,
		colourDepth(env ?? process.env, colours ?? 'auto'),
	);

/** How long a frame without rows is held back for them. */
const rowsPatience = 100;

const firstRows = async (screen: ScreenModel): Promise<void> => {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<void>(resolve => {
		timer = setTimeout(resolve, rowsPatience);
	});
	await Promise.race([Promise.all(Object.values(screen.windows).map(window => window.settled())), late]);
	clearTimeout(timer);
};

/** Raw before Ink is there: what is typed meanwhile is kept for it and not echoed. */
const takeTerminal = (stdin: ReadStream, sink: FrameSink): void => {
	if (!stdin.destroyed) stdin.setRawMode(true);
	sink.enter();
};
