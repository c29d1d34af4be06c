import type {Duration} from '../../domain/time.ts';
import {wrap} from '../view/pages/words.ts';
import type {Writer} from './writer.ts';

export type Voice = {
	/** A line was said; what is news waits until it is answered. */
	begin(): void;
	answer(lines: readonly string[]): void;
	/** It is answered. */
	done(): void;
	/** Says what is news as soon as nobody is in the middle of a line. */
	announce(lines: readonly string[]): void;
	/** What is typed so far. */
	typing(text: string): void;
	/** Nothing more is said. */
	end(): void;
	close(): void;
};

const prompt = '> ';

/** A line that is begun is waited for; when nothing is typed for so long, what is news is said all the same. */
const typingPatience: Duration = 20_000;

/** Who speaks when: answers at once, news between lines and never into one that is being typed. */
export const createVoice = (writer: Writer, columns: () => number, patience: Duration = typingPatience): Voice => {
	let waiting: string[] = [];
	let typed = '';
	let isAnswering = true;
	let hasEnded = false;
	let timer: NodeJS.Timeout | undefined;
	// Broken between words, because a terminal breaks within them.
	const lines = (texts: readonly string[]): string =>
		texts
			.flatMap(text => wrap(text, columns()))
			.map(line => `${line}\n`)
			.join('');
	/** The line with the prompt is left as it is, and there is a new one below. */
	const sayWaiting = (): void => {
		clearTimeout(timer);
		timer = undefined;
		if (waiting.length === 0 || hasEnded) return;
		const news = waiting;
		waiting = [];
		writer.write(`\n${lines(news)}${prompt}${typed}`);
	};
	return {
		begin() {
			typed = '';
			isAnswering = true;
		},
		answer: (texts: readonly string[]) => writer.write(lines(texts)),
		done() {
			isAnswering = false;
			if (hasEnded) return;
			const news = waiting;
			waiting = [];
			writer.write(`${lines(news)}${prompt}${typed}`);
		},
		announce(texts: readonly string[]) {
			waiting.push(...texts);
			if (isAnswering) return;
			if (typed === '') sayWaiting();
			else timer ??= setTimeout(sayWaiting, patience);
		},
		typing(text: string) {
			typed = text;
			if (text === '' && !isAnswering) sayWaiting();
			// The patience is with who goes on typing.
			else if (timer !== undefined) timer.refresh();
		},
		end() {
			hasEnded = true;
		},
		close: () => clearTimeout(timer),
	};
};
