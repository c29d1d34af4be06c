import {cleanText} from '../../domain/text.ts';

/** A row of the hits: its place, 1 and up, and its title as the catalogue writes it. */
export type Hit = {readonly index: number; readonly title: string};

/**
 * The hit that has this title. Written in the same way comes first; then one that differs in case, spacing and the marks that
 * people leave out. `K-On!` and `K-On!!` stay two series, and a hit that only begins like the title is another one.
 */
export const hitNamed = (title: string, hits: readonly Hit[]): Hit | undefined =>
	hits.find(hit => plainTitle(hit.title) === plainTitle(title)) ??
	hits.find(hit => looseTitle(hit.title) === looseTitle(title));

/**
 * A title as people read it: ani-cli 5.0 leaves most entities of HTML in it, 4.x the escapes of JSON and, behind it, the
 * number of episodes and the year (`Title (12 episodes) (2009)`); caches of other programs write `(12 eps)`.
 */
export const plainTitle = (title: string): string =>
	cleanText(
		title
			.replaceAll(/\\u([\da-f]{4})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
			.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|quot|apos|lt|gt|nbsp));/gi, decodeEntity)
			.replace(/\s*\(\d+ ep(?:isode)?s?\)\s*(?:\(\d{4}\)|\(\))?\s*$/i, ''),
	);

const named: Readonly<Record<string, string>> = {amp: '&', quot: '"', apos: "'", lt: '<', gt: '>', nbsp: ' '};

const decodeEntity = (whole: string, decimal?: string, hex?: string, name?: string): string => {
	if (name !== undefined) return named[name.toLowerCase()] ?? whole;
	const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
	return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
};

/** What is left when nothing counts that people write in several ways. Marks that tell series apart stay. */
const looseTitle = (title: string): string => {
	const folded = plainTitle(title)
		.normalize('NFKC')
		.toLowerCase()
		.replaceAll(/[’‘`´]/g, "'");
	return folded.replaceAll(/[\s:,;_/|()[\]"“”„~\p{Pd}]+/gu, '') || folded;
};
