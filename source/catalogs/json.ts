/*
 * Reads what services answer, which may be anything at all. Nothing here throws.
 */

export type Fields = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Fields =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object, or one without anything in it. */
export const fieldsOf = (value: unknown): Fields => (isRecord(value) ? value : {});

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A text that says something; a number counts as its digits. */
export const textOf = (value: unknown): string | undefined => {
	if (typeof value === 'number' && Number.isFinite(value)) return String(value);
	return typeof value === 'string' && value.trim() !== '' ? value : undefined;
};

/** A whole number from 1, also as digits. */
export const countOf = (value: unknown): number | undefined => {
	const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
	return typeof number === 'number' && Number.isSafeInteger(number) && number >= 1 ? number : undefined;
};

/** A number of so many milliseconds each, above 0 and below a year. */
export const durationOf = (value: unknown, unit: number): number | undefined => {
	const number = typeof value === 'string' && /^\d{1,12}(?:\.\d{1,6})?$/.test(value) ? Number(value) : value;
	if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
	const duration = Math.round(number * unit);
	return duration > 0 && duration < 31_536_000_000 ? duration : undefined;
};

/** `2001`, `2001-05` or `2001-05-14`; undefined for anything else, such as Deezer's `0000-00-00`. */
export const dateOf = (value: unknown): string | undefined => {
	const [, year, month, day] = /^([1-9]\d{3})(?:-(\d\d))?(?:-(\d\d))?(?:T.*)?$/s.exec(textOf(value) ?? '') ?? [];
	if (year === undefined) return undefined;
	const isMonth = month !== undefined && month >= '01' && month <= '12';
	const isDay = isMonth && day !== undefined && day >= '01' && day <= '31';
	return [year, ...(isMonth ? [month] : []), ...(isDay ? [day] : [])].join('-');
};

/** An ISRC without its hyphens, such as `USRC17607839`. */
export const isrcOf = (value: unknown): string | undefined => {
	const plain = (textOf(value) ?? '').replaceAll('-', '').toUpperCase();
	return /^[A-Z]{2}[\dA-Z]{3}\d{7}$/.test(plain) ? plain : undefined;
};

/** An address of a page or a picture. */
export const webAddressOf = (value: unknown): string | undefined => {
	const text = textOf(value);
	return text !== undefined && /^https?:\/\//i.test(text) && URL.canParse(text) ? text : undefined;
};

/** The row without what is undefined in it. */
export const known = <Row extends object>(row: {readonly [Name in keyof Row]: Row[Name] | undefined}): Row =>
	Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as Row;
