import {z} from 'zod';
import {parseSize} from '../domain/size.ts';

/** What is told about a key beside its type: in the README, in config.toml and in `config print`. */
export type KeyNotes = {
	/** One sentence. */
	readonly about: string;
	/** The unit of the value, where it has one. */
	readonly unit?: string;
	/** A value that config.toml shows as a comment, for keys that have no default. */
	readonly example?: unknown;
	/** Accepted because another program's config.toml has it; does nothing and is not shown. */
	readonly isForeign?: boolean;
};

export const keyNotes = z.registry<KeyNotes>();

/** A key with its notes. */
export const key = <Schema extends z.ZodType>(schema: Schema, notes: KeyNotes): Schema => {
	keyNotes.add(schema, notes);
	return schema;
};

/** A key of another program: any value is fine. */
export const foreign = (): z.ZodOptional<z.ZodUnknown> =>
	key(z.unknown().optional(), {about: 'Belongs to another program.', isForeign: true});

/** A count within bounds. */
export const count = (least: number, most: number): z.ZodInt => z.int().min(least).max(most);

/** A number of the unit in the key's name, fractions allowed. */
export const amount = (least: number, most: number): z.ZodNumber => z.number().min(least).max(most);

/** A rate such as `2MB`, or `off`. */
export const rate = z.string().refine(text => text === 'off' || (parseSize(text) ?? 0) >= 1024, {
	error: 'must be `off` or a rate of at least 1 KiB a second, such as "500kB" or "2MiB"',
});

/** A secret that is a file is never written into the configuration itself, only where it is to be found. */
export const secretFile = z.string().regex(/^file:./, {
	error: 'must say where the file is, as "file:PATH"; the secret itself does not belong here',
});

/** A program to run: a name that is looked up in PATH, or a path. Never a shell line. */
export const program = z
	.string()
	.min(1)
	.refine(text => !/[\0\n]/.test(text), {error: 'must be one program name or path'});
