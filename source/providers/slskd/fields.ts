import {isRecord, type Fields} from '../supervision/json.ts';

/*
 * What may stand in an answer. Null members are left out by slskd, so that everything may be missing.
 */

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
export const number = (value: unknown): number | undefined =>
	typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const records = (value: unknown): readonly Fields[] => list(value).filter(isRecord);

/** Words of an enum with flags, such as `Completed, Errored`. */
export const flagsOf = (state: string): ReadonlySet<string> => new Set(state.split(',').map(word => word.trim()));
