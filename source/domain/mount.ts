import type {VolumeId} from './job.ts';

/** Where another filesystem is mounted below the storage. */
export type MountPoint = {
	readonly id: VolumeId;
	/** Relative to the storage, `/` between components. */
	readonly folder: string;
};

/** A filesystem below the storage, known since a file did not fit there. Sizes in bytes. */
export type Mount = MountPoint & {
	readonly free: number;
	readonly total: number;
	/** The size of the file that did not fit last: so much room is asked for where a size is not known. */
	readonly refused: number;
};

/** The filesystem that a path relative to the storage lies on, where it is one of these; mounts may lie in mounts. */
export const mountOf = (target: string, mounts: readonly Mount[]): Mount | undefined =>
	mounts
		.filter(({folder}) => target.startsWith(`${folder}/`))
		.toSorted((a, b) => b.folder.length - a.folder.length)
		.at(0);
