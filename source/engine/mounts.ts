import type {Job} from '../domain/job.ts';
import type {MountPoint} from '../domain/mount.ts';
import {knownSize} from '../domain/job.ts';
import type {Core} from './core.ts';

/*
 * Filesystems that are mounted below the storage. Files are fetched on the storage's own and copied there when they are
 * whole, so that all that is asked of such a filesystem is room for the whole file. Each is met when a file does not fit:
 * from then on nothing that goes there is fetched without room for it, and what waits is freed when there is some.
 */

/** Remembers that a file did not fit; whether it is known by now how much room there is. */
export const meetMount = async (core: Core, job: Job, point: MountPoint): Promise<boolean> => {
	const found = await core.disk.below?.(point.folder);
	if (found?.volume !== point.id) return false;
	const refused = job.placing?.size ?? knownSize(job) ?? 1;
	core.live.mounts.set(point.id, {...point, free: found.free, total: found.total, refused});
	return found.free < refused;
};

/** Looks at those that are known; forgets those that are not there any more, with the folders that hid them in sight. */
export const lookAtMounts = async (core: Core): Promise<void> => {
	const {live, disk} = core;
	for (const mount of live.mounts.values()) {
		const found = await disk.below?.(mount.folder);
		if (found?.volume === mount.id) {
			live.mounts.set(mount.id, {...mount, free: found.free, total: found.total});
		} else {
			live.mounts.delete(mount.id);
			core.wake('queue');
		}
	}
};

/** Gets to know what it takes to tell where these jobs' files go; nothing as long as it does not matter. */
export const learnTargets = async ({live, store}: Core, jobs: readonly Job[]): Promise<void> => {
	if (live.mounts.size === 0) return;
	for (const {batch} of jobs) {
		if (batch === undefined || live.batchTitles.has(batch)) continue;
		if (live.batchTitles.size >= mostTitles) live.batchTitles.clear();
		live.batchTitles.set(batch, (await store.batch(batch))?.title ?? '');
	}
};

const mostTitles = 10_000;

/** Where the file of a job goes, as far as that can be told before it is fetched; relative to the storage. */
export const targetOf = ({live, finisher}: Pick<Core, 'live' | 'finisher'>, job: Job): string | undefined =>
	job.placing?.target ??
	finisher.expectedTarget?.(job, job.batch === undefined ? undefined : live.batchTitles.get(job.batch));
