import type {Catalog} from '../../source/engine/ports.ts';
import {entryOf} from '../../source/catalogs/entries.ts';

/** Takes `catalog:N`, an album of N tracks; 0 is not there, and `hang` is never answered. */
export const scriptedCatalog: Catalog = {
	id: 'scripted',
	hasSources: false,
	accepts: reference => reference.startsWith('catalog:'),
	async expand(reference, {signal, kind = 'album', isDryRun = false, onProgress}) {
		const what = reference.slice('catalog:'.length);
		if (what === 'hang') {
			await new Promise<void>(resolve => {
				signal.addEventListener('abort', () => resolve(), {once: true});
				if (signal.aborted) resolve();
			});
			return {type: 'stopped'};
		}

		const count = Number(what);
		if (count === 0) return {type: 'failed', failure: {code: 'not-found', message: 'there is no such album'}};
		onProgress(count, count);
		const tracks = Array.from({length: count}, (_, index) => ({title: String(index + 1), artists: ['A']}));
		return {
			type: 'expanded',
			groups: [{title: 'Two by "Ünï"', entries: tracks.map(entryOf)}],
			leftOut: [{what: 'one', why: 'it is a video'}],
			notes: [`${kind}, ${isDryRun ? 'dry' : 'wet'}`],
		};
	},
};
