import {cleanText} from '../../domain/text.ts';
import {createDecoder, type Heard} from '../decode.ts';
import {cellWidth, graphemes} from '../format.ts';
import {createPasteReader} from '../paste-reader.ts';

/** What the person does, told line by line. */
export type LineHandlers = {
	readonly onLine: (line: string) => void;
	readonly onPaste: (lines: readonly string[]) => void;
	/** Ctrl-c, or Ctrl-d on an empty line. */
	readonly onInterrupt: () => void;
	readonly onSuspend: () => void;
	/** Something was typed, or the line is empty again. */
	readonly onChange: () => void;
};

export type LineEditor = {
	hear(chunk: string): void;
	/** What is typed so far. */
	text(): string;
	close(): void;
};

/** Longer lines are pasted, not typed. */
const longestLine = 4000;

/**
 * A line that is only written at its end: what is typed is echoed, what is erased is stepped back over. The line editor of
 * Node moves the cursor to absolute columns and paints again, which screen readers read again; the kernel's own would not
 * let it be known whether somebody is typing.
 */
export const createLineEditor = (echo: (text: string) => void, handlers: LineHandlers): LineEditor => {
	const decoder = createDecoder();
	let line = '';
	let timer: NodeJS.Timeout | undefined;
	const setLine = (next: string): void => {
		line = next;
		handlers.onChange();
	};
	const erase = (characters: number): void => {
		const parts = graphemes(line);
		const kept = parts.slice(0, Math.max(0, parts.length - characters));
		const width = cellWidth(parts.slice(kept.length).join(''));
		echo('\b \b'.repeat(width));
		setLine(kept.join(''));
	};
	const enter = (): void => {
		const said = line;
		line = '';
		echo('\n');
		handlers.onLine(said);
	};
	const type = (text: string): void => {
		for (const character of graphemes(text)) {
			if (character === '\r' || character === '\n' || character === '\r\n') enter();
			else {
				const clean = character === ' ' || character === '\t' ? ' ' : cleanText(character);
				if (line.length + clean.length > longestLine) continue;
				echo(clean);
				setLine(line + clean);
			}
		}
	};
	const paste = (text: string): void => {
		const lines = text.split(/\r\n|\r|\n/).filter(one => one.trim() !== '');
		const [only] = lines;
		// One line may be a part of what is being typed.
		if (lines.length <= 1) type(only ?? '');
		else handlers.onPaste(lines);
	};
	// Where pasting is not marked, nothing that looks pasted is carried out either.
	const bare = createPasteReader((text, typed) => {
		erase(typed);
		paste(text);
	});
	const press = (name: string): void => {
		switch (name) {
			case 'backspace':
			case 'ctrl-h':
				erase(1);
				break;
			case 'ctrl-u':
				erase(Infinity);
				break;
			case 'ctrl-w':
				erase(graphemes(/\S*\s*$/.exec(line)?.[0] ?? '').length);
				break;
			case 'ctrl-c':
				if (line === '') handlers.onInterrupt();
				else {
					echo('\n');
					setLine('');
				}

				break;
			case 'ctrl-d':
				if (line === '') handlers.onInterrupt();
				break;
			case 'ctrl-z':
				handlers.onSuspend();
				break;
			case 'enter':
				enter();
				break;
		}
	};
	const act = (heard: Heard): void => {
		if (heard.type === 'paste') {
			bare.end();
			paste(heard.text);
		} else if (heard.type === 'key') {
			if (!bare.isOpen()) press(heard.name);
		} else if (!bare.take(heard.text)) type(heard.text);
	};
	return {
		hear(chunk) {
			clearTimeout(timer);
			for (const heard of decoder.push(chunk)) act(heard);
			const patience = decoder.patience();
			if (patience === undefined) return;
			timer = setTimeout(() => {
				for (const heard of decoder.flush()) act(heard);
			}, patience);
		},
		text: () => line,
		close() {
			clearTimeout(timer);
			bare.close();
		},
	};
};
