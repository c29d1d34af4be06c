import type {CatalogEntry, LeftOut} from '../../engine/ports.ts';
import {countOf, fieldsOf, textOf} from '../json.ts';

/** What yt-dlp is asked to tell of each entry; the rest of its description can be long. */
export const printTemplate = '%(.{_type,url,webpage_url,original_url,ie_key,title,playlist_title,playlist_count})j';

export type FlatEntry = {
	/** Undefined for an address that is no list. */
	readonly list: {readonly title: string | undefined; readonly count: number | undefined} | undefined;
	readonly read: {readonly entry: CatalogEntry} | LeftOut;
};

/** One line of `yt-dlp --flat-playlist --print` with the template above (2023.03.04); undefined for other lines. Never throws. */
export const readFlatLine = (line: string, asked: string): FlatEntry | undefined => {
	const fields = fieldsIn(line);
	if (fields === undefined) return undefined;
	const title = textOf(fields['title']);
	const listTitle = textOf(fields['playlist_title']);
	const count = countOf(fields['playlist_count']);
	const isSingle = !String(fields['_type'] ?? 'video').startsWith('url');
	const list = isSingle && listTitle === undefined && count === undefined ? undefined : {title: listTitle, count};
	const found = textOf(fields['webpage_url']) ?? textOf(fields['url']);
	const source = list === undefined ? asked : found;
	if (source === undefined || !/^https?:\/\//i.test(source)) {
		return {list, read: {what: title ?? 'an entry', why: 'yt-dlp does not say where it is'}};
	}

	const kind = textOf(fields['ie_key']) ?? '';
	if (/(?:Playlist|Tab|Channel|Album)$/.test(kind)) {
		return {list, read: {what: title ?? source, why: `it is a list itself; add it by: tidegate playlist ${source}`}};
	}

	return {list, read: {entry: {...(title === undefined ? {} : {title}), source, provider: 'yt-dlp'}}};
};

const fieldsIn = (line: string): Readonly<Record<string, unknown>> | undefined => {
	if (!line.startsWith('{')) return undefined;
	try {
		return fieldsOf(JSON.parse(line));
	} catch {
		return undefined;
	}
};
