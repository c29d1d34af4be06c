import {UnicodeGraphemesAddon} from '@xterm/addon-unicode-graphemes';
import type {Engine} from '../../../source/engine/ports.ts';
import {openScreen} from '../../../source/tui/index.ts';
import type {ScreenOptions} from '../../../source/tui/open-screen.ts';
import {fakeTerminal, type FakeTerminal} from '../fake-tty.ts';
import {gridOf, textOf, type Grid} from './grid.ts';
import type {Size} from './scenes.ts';

export type Shot = {
	readonly engine: Engine;
	readonly size: Size;
	readonly look: Pick<ScreenOptions, 'theme' | 'colours' | 'ascii'>;
	/** Typed one after the other, each when the screen has come to rest. */
	readonly keys: readonly string[];
	/** What the screen shows when it is looked at. */
	readonly see: RegExp;
	readonly isAttached: boolean;
};

/** Opens the real screen on the model of a terminal, types, and looks at its cells when it has come to rest. */
export const shoot = async ({engine, size: [columns, rows], look, keys, see, isAttached}: Shot): Promise<Grid> => {
	const terminal = fakeTerminal(columns, rows);
	// As terminals of today measure: what a reader takes for one character.
	const {screen} = terminal;
	screen.loadAddon(new UnicodeGraphemesAddon() as unknown as Parameters<typeof screen.loadAddon>[0]);
	screen.unicode.activeVersion = '15-graphemes';
	const controller = new AbortController();
	const shown = Promise.withResolvers<undefined>();
	const ended = openScreen(engine, {
		stdin: terminal.stdin,
		stdout: terminal.stdout,
		...look,
		isAttached,
		canDetach: !isAttached,
		signal: controller.signal,
		env: {},
		onShown: () => shown.resolve(undefined),
	});
	try {
		await Promise.race([shown.promise, ended]);
		await rest(terminal);
		for (const key of keys) {
			terminal.type(key);
			await rest(terminal);
		}

		await until(terminal, see);
		return gridOf(screen);
	} finally {
		controller.abort();
		await ended;
		terminal.dispose();
	}
};

/** Turns of the event loop without a byte after which a screen whose queue stands still has nothing more to draw. */
const quietTurns = 12;

const rest = async (terminal: FakeTerminal): Promise<void> => {
	let bytes = terminal.bytes();
	for (let quiet = 0; quiet < quietTurns; quiet++) {
		await new Promise(resolve => setTimeout(resolve, 1));
		if (terminal.bytes() !== bytes) quiet = 0;
		bytes = terminal.bytes();
	}

	await terminal.lines();
};

const patience = 5000;

const until = async (terminal: FakeTerminal, see: RegExp): Promise<void> => {
	const deadline = performance.now() + patience;
	for (;;) {
		await rest(terminal);
		const text = textOf(gridOf(terminal.screen)).join('\n');
		if (see.test(text)) return;
		if (performance.now() > deadline) throw new Error(`${see} is not to be seen:\n${text}`);
	}
};
