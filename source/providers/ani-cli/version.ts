import {catalogueOf, type AniCliCatalogue} from '../../domain/ani-cli.ts';

/** An ani-cli that can be driven. */
export type AniCliVersion = {readonly text: string; readonly catalogue: AniCliCatalogue};

/**
 * What `ani-cli -V` prints, which is nothing but its version; or what is wrong with it. Known are 4.8 to 5.x: older ones
 * cannot be used without a terminal, and nobody knows what newer ones will want.
 */
export const readVersion = (answer: string): AniCliVersion | {readonly problem: string} => {
	const text = /^\s*v?(\d+\.\d+(?:\.\d+)*)\s*$/.exec(answer)?.[1];
	if (text === undefined) return {problem: 'ani-cli does not tell its version'};
	const [major = 0, minor = 0] = text.split('.').map(Number);
	if (major < 4 || (major === 4 && minor < 8)) return {problem: `ani-cli ${text} is too old; 4.8 is the oldest known`};
	const catalogue = catalogueOf(text);
	return catalogue === undefined
		? {problem: `ani-cli ${text} is newer than what is known, which is 4.8 to 5.x`}
		: {text, catalogue};
};
