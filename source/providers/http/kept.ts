import {createHash} from 'node:crypto';
import {join} from 'node:path';
import {writeAtomically} from '../../system/files.ts';
import {fileSize, listNames, readSmallText, removeFile} from '../../system/part-file.ts';
import {missingSpans, readRecord, writeRecord, type ResumeRecord} from './segments.ts';

/** The resume record's name; no file that is fetched can have it, because safe names do not begin with a dot. */
export const recordName = '.http-resume.json';

export const partName = (name: string): string => `${name}.part`;

export const partPath = (directory: string, name: string): string => join(directory, partName(name));

/** What stands for a source in its record. */
export const keyOf = (source: string): string => createHash('sha256').update(source).digest('hex');

/** What earlier attempts have left of this source. `isRenamed`: the file is whole and has its name. */
export type Kept = {readonly record: ResumeRecord; readonly isRenamed: boolean};

/** Reads what is there; `kept` is undefined when nothing can be trusted. Rejects when the directory is not there. */
export const readKept = async (
	directory: string,
	key: string,
): Promise<{readonly names: ReadonlySet<string>; readonly kept: Kept | undefined}> => {
	const names = new Set(await listNames(directory));
	return {names, kept: names.has(recordName) ? await trusted(directory, key) : undefined};
};

const trusted = async (directory: string, key: string): Promise<Kept | undefined> => {
	const text = await readSmallText(join(directory, recordName), 1_000_000);
	const record = text === undefined ? undefined : readRecord(text);
	// Records are ours, but the folder is writable for others: the name must be one component.
	if (record === undefined || record.key !== key || /[/\\\0]|^\./.test(record.name)) return undefined;
	const size = await fileSize(partPath(directory, record.name));
	if (size !== undefined) return size >= (record.done.at(-1)?.end ?? 0) ? {record, isRenamed: false} : undefined;
	const isWhole = record.total !== undefined && missingSpans(record.done, record.total).length === 0;
	const renamed = isWhole ? await fileSize(join(directory, record.name)) : undefined;
	return renamed === record.total && renamed !== undefined ? {record, isRenamed: true} : undefined;
};

/** Writes the record; what it claims must be on the disk already. */
export const saveKept = (directory: string, record: ResumeRecord): Promise<void> =>
	writeAtomically(join(directory, recordName), writeRecord(record));

/** Forgets what was kept: the record first, so that it never claims what is gone. */
export const dropKept = async (directory: string, names: readonly string[]): Promise<void> => {
	await removeFile(join(directory, recordName));
	for (const name of names) await removeFile(join(directory, name));
};
