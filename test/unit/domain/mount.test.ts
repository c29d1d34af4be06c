import {expect, test} from 'vitest';
import {mountOf, type Mount} from '../../../source/domain/mount.ts';

const mount = (folder: string): Mount => ({id: folder, folder, free: 1, total: 2, refused: 1});

test.each([
	['videos/a.mkv', 'videos'],
	['videos/new/deep/a.mkv', 'videos'],
	['videos/disk 2/a.mkv', 'videos/disk 2'],
	['videos/disk 2', 'videos'],
	['videos2/a.mkv', undefined],
	['videos', undefined],
	['a.mkv', undefined],
])('%s lies on the filesystem mounted at %s', (target, folder) => {
	for (const mounts of [
		[mount('videos'), mount('videos/disk 2')],
		[mount('videos/disk 2'), mount('videos')],
	])
		expect(mountOf(target, mounts)?.folder).toBe(folder);
});
