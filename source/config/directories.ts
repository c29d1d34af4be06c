import {existsSync, mkdtempSync, rmdirSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';

/** A full disk is waited out; it does not make a folder wrong. */
const harmless = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Why a folder cannot be written to, in a sentence, or undefined where it can. A folder that is not there yet is judged
 * by the nearest one above it. Found out by making a folder inside and taking it away again: permissions alone do not
 * tell of read-only mounts, and for root they tell nothing.
 */
export const problemWithDirectory = (path: string): string | undefined => {
	const place = nearestExisting(path);
	try {
		if (!statSync(place).isDirectory()) return `${path} cannot be a folder: ${place} is a file`;
		rmdirSync(mkdtempSync(join(place, '.tidegate-')));
		return undefined;
	} catch (error) {
		const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
		if (harmless.has(code)) return undefined;
		return place === path ? `${path} cannot be written (${code})` : `${path} cannot be created in ${place} (${code})`;
	}
};

/** The path itself where it is there, else the nearest one above that is. */
export const nearestExisting = (path: string): string => {
	let place = path;
	while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
	return place;
};
