import {UnicodeGraphemesAddon} from '@xterm/addon-unicode-graphemes';
import {Unicode11Addon} from '@xterm/addon-unicode11';
import xterm from '@xterm/headless';

/**
 * Terminals by how they measure characters: by the tables of Unicode 6 or 11, code point by code point, or by what a reader
 * takes for one character.
 */
export const modelNames = ['6', '11', '15-graphemes'] as const;

export type TerminalModel = Disposable & {
	readonly name: string;
	/** Cells that the cursor moves on when each text is written at the start of a row, in order. */
	widths(texts: readonly string[]): Promise<readonly number[]>;
};

const columns = 200;

export const terminalModels = (): readonly TerminalModel[] =>
	modelNames.map(name => {
		const terminal = new xterm.Terminal({cols: columns, rows: 3, allowProposedApi: true, scrollback: 0});
		for (const addon of [new Unicode11Addon(), new UnicodeGraphemesAddon()])
			terminal.loadAddon(addon as unknown as Parameters<typeof terminal.loadAddon>[0]);
		terminal.unicode.activeVersion = name;
		let answers: number[] = [];
		// The terminal itself says where its cursor is.
		terminal.onData(answer => {
			const [, row = '0', column = '0'] = /(\d+);(\d+)R/.exec(answer) ?? [];
			answers.push((Number(row) - 1) * columns + Number(column) - 1);
		});
		return {
			name,
			widths: texts =>
				new Promise(resolve => {
					answers = [];
					terminal.write(texts.map(text => `\u001B[H${text}\u001B[6n`).join(''), () => resolve(answers));
				}),
			[Symbol.dispose]: () => terminal.dispose(),
		};
	});
