import type {AniworldSite} from './aniworld.ts';

/*
 * Languages and hosters that an installed aniworld knows. Where nobody has looked which one that is, everything that one of
 * them knows is fine for now, and the run says the rest.
 */

/** 3.x and 4.x have command lines that do not fit each other. */
export type AniworldGeneration = 3 | 4;

export type AniworldVersion = {readonly text: string; readonly generation: AniworldGeneration};

/** The version in what `aniworld --version` prints, such as `< AniWorld-Downloader v.4.6.1 >`; or what is wrong with it. */
export const readAniworldVersion = (answer: string): AniworldVersion | {readonly problem: string} => {
	const text = /AniWorld-Downloader v\.? ?(\d+(?:\.\d+)+)/i.exec(answer)?.[1];
	if (text === undefined) return {problem: 'aniworld does not tell its version'};
	const major = Number(text.split('.')[0]);
	if (major === 3 || major === 4) return {text, generation: major};
	return {problem: `aniworld ${text} is ${major < 3 ? 'too old' : 'newer than what is known'}; 3.x and 4.x are known`};
};

const languages: Readonly<Record<AniworldGeneration, Readonly<Record<AniworldSite, readonly string[]>>>> = {
	// `LANGUAGE_CODES_ANIWORLD` and `LANGUAGE_CODES_STO` of 3.8.2.
	3: {aniworld: ['German Dub', 'English Sub', 'German Sub'], 's.to': ['German Dub', 'English Dub', 'German Sub']},
	// `LANG_LABELS` of 4.6.1; its model of serienstream.to knows only what is dubbed.
	4: {aniworld: ['German Dub', 'English Sub', 'German Sub', 'English Dub'], 's.to': ['German Dub', 'English Dub']},
};

/** Languages by the names that the tool wants. */
export const aniworldLanguages = (site: AniworldSite, version: AniworldVersion | undefined): readonly string[] =>
	version === undefined
		? [...new Set([...languages[4][site], ...languages[3][site]])]
		: languages[version.generation][site];

const hosters3 = ['VOE', 'Vidmoly', 'Vidoza', 'Filemoon', 'Doodstream', 'LoadX', 'Luluvdo', 'SpeedFiles', 'Streamtape'];
const hosters461 = ['VOE', 'Vidmoly', 'Vidoza', 'MegaKino'];
const hosters4 = [...hosters461, 'Doodstream', 'Filemoon'];

/** Every hoster that any version knows. */
export const allAniworldHosters: readonly string[] = [...new Set([...hosters4, ...hosters3])];

/** Hosters by the names that the tool wants (`SUPPORTED_PROVIDERS`): 4.6.1 has taken out two that came back later. */
export const aniworldHosters = (version: AniworldVersion | undefined): readonly string[] => {
	if (version === undefined) return allAniworldHosters;
	if (version.generation === 3) return hosters3;
	const [, minor = 0, patch = 0] = version.text.split('.').map(Number);
	return minor > 6 || (minor === 6 && patch > 1) ? hosters4 : hosters461;
};

/** The name as the tool writes it, whatever case and dashes a person used. */
export const named = (text: string, known: readonly string[]): string | undefined =>
	known.find(name => plain(name) === plain(text));

const plain = (text: string): string => text.toLowerCase().replaceAll(/[\s_-]+/g, '');

/** The hosters of a job in the order in which they are tried: the one that was asked for, then the configured ones. */
export const hosterOrder = (
	asked: string | undefined,
	configured: readonly string[],
	version: AniworldVersion | undefined,
): readonly string[] => {
	const known = aniworldHosters(version);
	const wanted = [...(asked === undefined ? [] : [asked]), ...configured];
	return [...new Set(wanted.flatMap(text => named(text, known) ?? []))];
};
