export type Fields = Readonly<Record<string, unknown>>;

/** What a tool printed as JSON, or undefined where it is none. */
export const parseJson = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

export const isRecord = (value: unknown): value is Fields =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
