import type {Failure, FailureCode} from '../../domain/failure.ts';
import type {Duration} from '../../domain/time.ts';
import {toolFailure} from '../supervision/tool-failure.ts';
import type {Wish} from './arguments.ts';
import {name} from './look.ts';
import {helperFailure, ownReason} from './parse.ts';

/** Titles in a row for which the catalogue answered nothing at all. */
export type Silence = {
	/** One more; returns how many different ones there are now. */
	readonly add: (title: string) => number;
	/** It has answered. */
	readonly end: () => void;
};

/** So many different titles in a row are rather a network that is down than gaps in a catalogue. */
const suspicious = 3;
/** With so many attempts spent, a title that was not found is not there. */
const convincing = 2;

/** Remembers for as long as the provider lives, and no more than what matters. */
export const createSilence = (): Silence => {
	const titles = new Set<string>();
	return {
		add: title => {
			if (titles.size < suspicious) titles.add(title);
			return titles.size;
		},
		end: () => titles.clear(),
	};
};

export type Circumstances = {
	readonly wish: Wish;
	readonly query: string;
	/** The hit that was asked for, where it was one. */
	readonly index: number | undefined;
	/** We chose it; otherwise somebody else did. */
	readonly isByTitle: boolean;
	/** Attempts spent before this one. */
	readonly spent: number;
	readonly silence: Silence;
	/** How long an episode that is not out is left alone. */
	readonly unreleasedWait: Duration;
	/** Where the words say nothing that is understood. */
	readonly otherwise: FailureCode;
};

/** Why a run of ani-cli came to nothing, from its words and those of its helpers. */
export const failureOfWords = (words: readonly string[], given: Circumstances): Failure => {
	const {wish, query, index, silence} = given;
	const own = ownReason(words);
	// 4.x says nothing at all where the hit is not there.
	const isSilent = words.length === 0 && index !== undefined && given.otherwise !== 'no-artefact';
	const reason = own?.reason ?? (isSilent ? 'bad-index' : undefined);
	if (reason !== 'no-results' && reason !== 'blocked' && reason !== 'tool-missing') silence.end();
	if (reason === undefined) return helperFailure(words, given.otherwise);
	const text = own?.text ?? '';
	switch (reason) {
		case 'no-results':
			return noResults(given);
		case 'bad-index':
			return toolFailure(
				name,
				given.isByTitle ? 'source-changed' : 'bad-arguments',
				`there is no hit number ${index ?? 0} for "${query}"`,
				text,
			);
		case 'not-yet-available': {
			const sentence = `episode ${wish.episode} of ${wish.title} is not there: ${text}`;
			return {...toolFailure(name, reason, sentence, text), waitAtLeast: given.unreleasedWait};
		}

		default:
			return toolFailure(name, reason, text, text);
	}
};

/** ani-cli says the same where nothing has that name and where it could not reach anybody. */
const noResults = ({wish, query, spent, silence}: Circumstances): Failure => {
	const isSuspicious = silence.add(wish.title) >= suspicious;
	const sentence = `nothing was found for "${query}"`;
	if (spent >= convincing && !isSuspicious) return toolFailure(name, 'not-found', sentence, 'No results found!');
	return isSuspicious
		? toolFailure(name, 'service-unavailable', `${sentence}, nor for others: is the catalogue there?`)
		: toolFailure(name, 'no-sources', sentence, 'No results found!');
};
