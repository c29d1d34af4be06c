import type {Failure, FailureCode} from '../domain/failure.ts';
import {cleanText} from '../domain/text.ts';
import {errorCode} from '../system/files.ts';

const meanings: Readonly<Record<string, readonly [code: FailureCode, words: string]>> = {
	ENOSPC: ['disk-full', 'no space is left'],
	EDQUOT: ['disk-full', 'the disk quota is used up'],
	EACCES: ['permission-denied', 'this user may not write there'],
	EPERM: ['permission-denied', 'the system does not allow it'],
	EROFS: ['permission-denied', 'the filesystem is mounted read-only'],
	EFBIG: ['bad-arguments', 'the file is larger than its filesystem allows'],
	ENAMETOOLONG: ['bad-arguments', 'the path is too long; use a shorter output template'],
	ELOOP: ['destination-exists', 'there is a symbolic link in the way'],
	ENOENT: ['volume-missing', 'the folder is not there'],
	ENOTDIR: ['destination-exists', 'a file is where a folder should be'],
	EIO: ['volume-missing', 'the disk does not answer as it should'],
	ENXIO: ['volume-missing', 'the device is gone'],
	ENODEV: ['volume-missing', 'the device is gone'],
	ENOTCONN: ['volume-missing', 'the mount is no longer connected'],
	ESTALE: ['volume-missing', 'the mount has gone stale'],
	ETIMEDOUT: ['volume-missing', 'the mount does not answer'],
	EHOSTDOWN: ['volume-missing', 'the server of the mount is down'],
	EMFILE: ['internal', 'too many files are open'],
	ENFILE: ['internal', 'too many files are open on this machine'],
	EBUSY: ['internal', 'something else holds it'],
};

/**
 * What an error of a file operation means for the job. What is no error of the system is a defect and is thrown again.
 *
 * @param doing what was being done and to what, such as `making the folder /srv/x`
 */
export const failureOfFile = (error: unknown, doing: string): Failure => {
	const code = errorCode(error);
	if (code === undefined || !/^E[A-Z\d]+$/.test(code)) throw error;
	const [failure, words] = meanings[code] ?? (['internal', 'the system refused it'] as const);
	return {code: failure, message: cleanText(`${doing}: ${words} (${code})`)};
};
