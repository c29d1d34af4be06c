import {fstatSync} from 'node:fs';

/**
 * Whether an open file is the very stream to the journal that systemd has made for this service: JOURNAL_STREAM is
 * inherited by whoever is started from it, also where their own output goes elsewhere (systemd.exec(5)).
 */
export const isJournal = (descriptor: number, stream: string | undefined): boolean => {
	const [, device, inode] = /^(\d+):(\d+)$/.exec(stream ?? '') ?? [];
	if (device === undefined || inode === undefined) return false;
	try {
		const {dev, ino} = fstatSync(descriptor, {bigint: true});
		return String(dev) === device && String(ino) === inode;
	} catch {
		return false;
	}
};

const priorities = {error: 3, warn: 4, info: 6, debug: 7} as const;

/** Puts `<N>` before each line, the priority of syslog(3), as the journal reads it. */
export const withPriority = (text: string, level: keyof typeof priorities): string =>
	text.replaceAll(/^(?=.)/gm, `<${priorities[level]}>`);
