import type xterm from '@xterm/headless';

/** What a person sees in every cell of the terminal, row by row; of a space only what shows on a space. */
export const pictureOf = (terminal: xterm.Terminal): ReadonlyArray<readonly string[]> =>
	Array.from({length: terminal.rows}, (_, row) => {
		const line = terminal.buffer.active.getLine(terminal.buffer.active.viewportY + row);
		return Array.from({length: terminal.cols}, (_cell, column) => {
			const cell = line?.getCell(column);
			if (cell === undefined) return '';
			if (cell.getWidth() === 0) return 'second half';
			const ground = [
				cell.isInverse(),
				cell.isUnderline(),
				cell.isStrikethrough(),
				cell.getBgColorMode(),
				cell.getBgColor(),
			];
			const ink = [cell.isBold(), cell.isDim(), cell.isItalic(), cell.getFgColorMode(), cell.getFgColor()];
			const text = cell.getChars() || ' ';
			const isBare = text === ' ' && ground.every(one => Number(one) <= 0);
			return `${text} ${ground.map(Number).join(',')} ${isBare ? '' : ink.map(Number).join(',')}`;
		});
	});

/** Resolves when the model has taken the text. */
export const feed = (terminal: xterm.Terminal, text: string): Promise<void> =>
	new Promise(resolve => terminal.write(text, resolve));

/** The picture of a whole frame, drawn row by row on an empty screen by nothing but its own sequences. */
export const pictureOfFrame = async (
	terminal: xterm.Terminal,
	rows: readonly string[],
): Promise<ReadonlyArray<readonly string[]>> => {
	await feed(
		terminal,
		`\u001B[m\u001B[2J\u001B[?7l${rows.map((row, index) => `\u001B[${index + 1};1H\u001B[m${row}`).join('')}`,
	);
	return pictureOf(terminal);
};
