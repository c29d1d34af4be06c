import {stripVTControlCharacters} from 'node:util';
import {render} from 'ink-testing-library';
import {vi} from 'vitest';
import {App} from '../../source/tui/app.tsx';
import {createScreenModel, type ScreenEnd, type ScreenModel, type ScreenSettings} from '../../source/tui/screen.ts';
import {styleOf} from '../../source/tui/theme.ts';
import type {ScriptedEngine} from './scripted-engine.ts';

/** The screen's tree in a terminal that only remembers frames: 100 columns, because the library knows no others. */
export type MountedScreen = Disposable & {
	readonly screen: ScreenModel;
	readonly ends: readonly ScreenEnd[];
	frame(): string;
	/** Types in one write, then waits until the screen shows what is expected. */
	type(keys: string): Promise<void>;
	/** What comes in one read, without waiting for what it does. */
	send(chunk: string): void;
	paste(text: string): Promise<void>;
	/** Waits until the frame holds the text. */
	see(text: string | RegExp): Promise<void>;
	notSee(text: string): Promise<void>;
	/** Waits until everything that was asked of the queue has come. */
	settle(): Promise<void>;
};

export const mountScreen = async (
	engine: ScriptedEngine,
	options: Partial<Pick<ScreenSettings, 'rows' | 'isAttached' | 'canDetach' | 'absolutePath' | 'keymap'>> = {},
): Promise<MountedScreen> => {
	const ends: ScreenEnd[] = [];
	const screen = createScreenModel({
		engine,
		columns: 100,
		rows: options.rows ?? 30,
		style: styleOf('mono', false),
		isAttached: options.isAttached ?? false,
		canDetach: options.canDetach ?? false,
		onEnd: end => ends.push(end),
		onRedraw: () => undefined,
		onSuspend: () => undefined,
		absolutePath: options.absolutePath,
		keymap: options.keymap,
	});
	const mounted = render(<App screen={screen} />);
	// Without rows Ink asks other programs for them at each layout.
	Object.defineProperty(mounted.stdout, 'rows', {value: options.rows ?? 30});
	// What a person reads; how it looks is for other tests.
	const frame = (): string => stripVTControlCharacters(mounted.lastFrame() ?? '');
	const settle = async (): Promise<void> => {
		for (const window of Object.values(screen.windows)) await window.settled();
		await turn();
	};
	const see = (text: string | RegExp): Promise<void> =>
		vi.waitFor(
			() => {
				const shown = frame();
				if (typeof text === 'string' ? !shown.includes(text) : !text.test(shown))
					throw new Error(`not to be seen: ${String(text)}\n${shown}`);
			},
			{timeout: 5000, interval: 5},
		);
	await settle();
	return {
		screen,
		ends,
		frame,
		async type(keys) {
			mounted.stdin.write(keys);
			// A lone escape is held back for 25 ms, in case a sequence follows.
			if (keys.endsWith('\u001B')) await new Promise(resolve => setTimeout(resolve, 30));
			await settle();
		},
		send: chunk => mounted.stdin.write(chunk),
		async paste(text) {
			mounted.stdin.write(`\u001B[200~${text}\u001B[201~`);
			await settle();
		},
		see,
		notSee: text =>
			vi.waitFor(
				() => {
					if (frame().includes(text)) throw new Error(`still to be seen: ${text}\n${frame()}`);
				},
				{timeout: 5000, interval: 5},
			),
		settle,
		[Symbol.dispose]() {
			screen.close();
			mounted.unmount();
		},
	};
};

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
