import {render} from 'ink';
import type {ReadStream, WriteStream} from 'node:tty';
import {App} from './app.tsx';
import type {FrameSink} from './frame-sink.ts';
import type {ScreenModel} from './screen.ts';

export type MountedScreen = {
	/** Rejects when drawing threw; resolves when Ink ended by itself, which it does only when the process is told to end. */
	readonly ended: Promise<unknown>;
	unmount(): void;
};

/** Draws the screen with Ink into the sink, and hears the keyboard, until it is unmounted. */
export const mountScreen = (screen: ScreenModel, sink: FrameSink, stdin: ReadStream): MountedScreen => {
	const instance = render(<App screen={screen} />, {
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
	return {ended: instance.waitUntilExit(), unmount: () => instance.unmount()};
};
