/*
 * Where a finished download is on this machine: slskd may know its folders by other names, such as those in its container.
 */

/** The path with the longest beginning that the map names replaced. */
export const mappedPath = (path: string, map: Readonly<Record<string, string>>): string => {
	const rows = Object.entries(map).map(([from, to]) => [trimmed(from), trimmed(to)] as const);
	const [best] = rows.filter(([from]) => isBelow(path, from)).toSorted(([a], [b]) => b.length - a.length);
	return best === undefined ? path : `${best[1]}${path.slice(best[0].length).replaceAll('\\', '/')}`;
};

const trimmed = (folder: string): string => (folder.length > 1 ? folder.replace(/[\\/]+$/, '') : folder);

const isBelow = (path: string, folder: string): boolean =>
	path === folder || (path.startsWith(folder) && /[\\/]/.test(path[folder.length] ?? ''));

/** What Windows and Linux do not allow in names: slskd writes a line in the place of each (0.22 to 0.25). */
// oxlint-disable-next-line no-control-regex -- control characters are meant
const invalid = /[<>:"/\\|?*\u0000-\u001F]/g;

/** Where slskd puts a file that it had to give no other name, as it calls the folder itself. */
export const expectedPath = (downloads: string, remote: string): string => {
	const parts = remote.split('\\').filter(Boolean);
	const [folder = '', name = ''] = [parts.at(-2), parts.at(-1)].map(safePart);
	return [trimmed(downloads), folder, name].filter(Boolean).join('/');
};

const safePart = (part = ''): string => (/^\.+$/.test(part) ? '_' : part.replaceAll(invalid, '_'));

/** The last part of the name that a peer gives a file. */
export const remoteName = (remote: string): string => remote.split(/[\\/]/).at(-1) ?? remote;
