import type {Engine} from '../../engine/ports.ts';
import type {ScreenEnd} from '../screen.ts';
import {findCommand} from './commands.ts';
import type {Numbers} from './numbers.ts';
import {parse, type Said} from './parse.ts';

/** What commands work with. */
export type Session = {
	readonly engine: Engine;
	readonly numbers: Numbers;
	readonly isAttached: boolean;
	readonly canDetach: boolean;
	/** Says lines below each other. */
	readonly say: (...lines: readonly string[]) => void;
	/** Says a heading and a numbered list. */
	readonly enumerate: (heading: string, items: readonly string[]) => void;
	/** Asks; the next line is the answer. What is none of the choices is heard as any other line. */
	readonly ask: (question: string, choices: readonly Choice[]) => void;
	/** What `more` goes on with. */
	readonly setMore: (more: (() => Promise<void>) | undefined) => void;
	readonly more: () => Promise<void>;
	/** What was just said by an answer need not be announced. */
	readonly acknowledge: () => void;
	readonly end: (end: ScreenEnd) => void;
};

export type Choice = {
	/** What one may say for it, the first being its name; its number counts too. */
	readonly words: readonly [string, ...string[]];
	readonly about: string;
	readonly act: () => void | Promise<void>;
};

export type SessionOrder = Pick<
	Session,
	'engine' | 'numbers' | 'isAttached' | 'canDetach' | 'acknowledge' | 'end' | 'say'
>;

export type Talk = {
	/** Carries out a line. Never rejects. */
	hear(line: string): Promise<void>;
	/** Asks whether pasted lines are to be added. */
	paste(lines: readonly string[]): Promise<void>;
};

/** Understands lines one after the other. */
export const createTalk = (order: SessionOrder): Talk => {
	const {say} = order;
	let choices: readonly Choice[] = [];
	let more: (() => Promise<void>) | undefined;
	const session: Session = {
		...order,
		enumerate: (heading, items) => say(heading, ...items.map((item, index) => `${index + 1}. ${item}`)),
		ask(question, next) {
			choices = next;
			session.enumerate(
				question,
				next.map(({words, about}) => `${words[0]}${about === '' ? '' : `: ${about}`}`),
			);
		},
		setMore(next) {
			more = next;
		},
		more: async () => (more === undefined ? say('there is no more') : more()),
	};
	const carryOut = async (words: Said): Promise<void> => {
		const command = findCommand(words.word === '' && words.numbers.length > 0 ? 'show' : words.word);
		if (command === undefined) say(`"${words.word}" is no command; say: help`);
		else await command.run(session, words);
	};
	const hear = async (line: string): Promise<void> => {
		const text = line.trim();
		const open = choices;
		choices = [];
		const chosen = open.find(
			({words}, index) => words.includes(text.toLowerCase()) || text === String(index + 1) || words.includes(text),
		);
		if (chosen !== undefined) await chosen.act();
		else if (open.length > 0 && text === '') say('nothing was done');
		else if (text !== '') {
			if (open.length > 0) say('nothing was done about the question');
			await carryOut(parse(text));
		}
	};
	const guarded = async (act: () => Promise<void>): Promise<void> => {
		try {
			await act();
		} catch (error) {
			say(`that did not work: ${error instanceof Error ? error.message : String(error)}`);
		}
	};
	return {
		hear: line => guarded(() => hear(line)),
		paste: lines =>
			guarded(async () => {
				const {askForPasted} = await import('./adding.ts');
				askForPasted(session, lines);
			}),
	};
};
