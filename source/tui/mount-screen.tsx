import {Box, render, type DOMElement} from 'ink';
import type {ReadStream, WriteStream} from 'node:tty';
import {App} from './app.tsx';
import {drawTree} from './draw-tree.ts';
import type {FrameSink} from './frame-sink.ts';
import type {ScreenModel} from './screen.ts';

export type MountedScreen = {
	/** Rejects when drawing threw; resolves when Ink ended by itself, which it does only when the process is told to end. */
	readonly ended: Promise<unknown>;
	unmount(): void;
};

/** Draws the screen with Ink into the sink, and hears the keyboard, until it is unmounted. */
export const mountScreen = (screen: ScreenModel, sink: FrameSink, stdin: ReadStream): MountedScreen => {
	const drawing = createDrawing(sink);
	const tree = (
		<Box ref={drawing.attach} flexShrink={0}>
			<App screen={screen} />
		</Box>
	);
	const instance = render(tree, {
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
	return {
		ended: instance.waitUntilExit(),
		unmount() {
			drawing.stop();
			instance.unmount();
		},
	};
};

/**
 * Reads the frames off Ink's tree. The tree, its layout, what is mounted and the keyboard are Ink's; only the step from the
 * laid out tree to rows of text is ours, in the place where Ink hangs its own (`onRender` of the root, Ink 8.0), because that
 * step was most of a frame. Where the tree holds what we cannot draw, Ink draws that frame itself, as it does at the first
 * frame, at a resize and at the end.
 */
const createDrawing = (sink: FrameSink) => {
	let isDue = false;
	let isStopped = false;
	const draw = (root: DOMElement, drawByInk: (() => void) | undefined): void => {
		isDue = false;
		if (isStopped) return;
		const rows = drawTree(root);
		if (rows === undefined) drawByInk?.();
		else sink.show(rows);
	};
	return {
		attach(box: DOMElement | null): void {
			let root = box ?? undefined;
			while (root?.parentNode !== undefined) root = root.parentNode;
			if (root === undefined || isStopped) return;
			const top = root;
			const drawByInk = top.onRender;
			// What changes within one turn of the event loop is one frame.
			top.onRender = () => {
				if (isDue) return;
				isDue = true;
				setImmediate(() => draw(top, drawByInk));
			};
		},
		stop(): void {
			isStopped = true;
		},
	};
};
