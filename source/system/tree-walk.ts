/*
 * The thread that measures directory trees. It is started by disk.ts and imports nothing but Node's own modules, so that
 * it runs from the sources and from the bundle alike.
 */
import {lstatSync, opendirSync, type BigIntStats, type Stats} from 'node:fs';
import {isMainThread, parentPort, workerData} from 'node:worker_threads';

/** What the thread is asked: which trees, and which device they must be on. */
export type WalkOrder = {readonly trees: readonly string[]; readonly device: number};

/** Bytes by category; every category is there. */
export type WalkResult = {
	readonly breakdown: Record<string, number>;
	/** Files and folders that were seen. */ readonly entries?: number;
};

/** What the thread tells on its way. */
export type WalkProgress = {readonly entries: number};

/** Entries between two messages: a few hundredths of a second. */
const toldEvery = 5000;

const folders = ['videos', 'audio', 'transcripts', 'tokens', 'analysis', 'cache'];
const categories = [...folders, 'database', 'partial', 'other'];

/**
 * Sums the trees by category. `used` is what a person would call used: of each file its length, or what is allocated for
 * it where that is less. Lengths alone would count the holes of a sparse partial file, whose missing bytes are reserved
 * already, and close the gate for nothing; allocated blocks alone would count more than the lengths that the `*_gb` marks
 * were made for. A file that was allocated ahead counts whole, since the space is gone. Directories count nothing.
 *
 * A file with several names counts once, links are not followed, other filesystems are left out, and what vanishes or may
 * not be read counts nothing.
 */
export const walkTrees = (order: WalkOrder, onProgress: (progress: WalkProgress) => void = () => {}): WalkResult => {
	const lengths = new Map<string, number>(categories.map(name => [name, 0]));
	const allocated = new Map(lengths);
	const seen = new Set<string>();
	let knowsBlocks = false;
	let entries = 0;
	const pass = (): void => {
		entries++;
		if (entries % toldEvery === 0) onProgress({entries});
	};
	const count = (path: Path, found: Stats, category: string): void => {
		if (found.nlink > 1 && isSeen(seen, path)) return;
		if (found.blocks > 0) knowsBlocks = true;
		lengths.set(category, (lengths.get(category) ?? 0) + found.size);
		allocated.set(category, (allocated.get(category) ?? 0) + Math.min(found.size, found.blocks * 512));
	};

	for (const tree of order.trees) walkTree(tree, order.device, count, pass);
	// Some FUSE filesystems report no blocks for any file. Lengths are all there is then.
	return {breakdown: Object.fromEntries(knowsBlocks ? allocated : lengths), entries};
};

type Counter = (path: Path, found: Stats, category: string) => void;

/**
 * Text, or bytes where a name is no valid UTF-8: as text it would not be found again, and its bytes be missed. Text where
 * possible, since a buffer for each file doubles the memory that a walk takes.
 */
type Path = string | Buffer;

const walkTree = (tree: string, device: number, count: Counter, pass: () => void): void => {
	const root = lstatIfThere(tree);
	if (root?.dev !== device || !root.isDirectory()) return;
	const waiting: Array<{path: Path; category: string | undefined}> = [{path: tree, category: undefined}];
	for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
		for (const name of namesIn(directory.path)) {
			pass();
			const path = join(directory.path, name);
			const found = lstatIfThere(path);
			if (found?.dev !== device) continue;
			if (found.isDirectory()) {
				waiting.push({path, category: directory.category ?? categoryOfFolder(name.toString())});
			} else if (found.isFile()) {
				count(path, found, categoryOfFile(directory.category ?? 'other', name.toString()));
			}
		}
	}
};

const join = (folder: Path, name: Path): Path =>
	typeof folder === 'string' && typeof name === 'string'
		? `${folder}/${name}`
		: Buffer.concat([Buffer.from(folder), Buffer.from('/'), Buffer.from(name)]);

const categoryOfFolder = (name: string): string => {
	const lower = name.toLowerCase();
	if (lower === '.tidegate') return 'partial';
	return folders.includes(lower) ? lower : 'other';
};

// `jobs.db`, `jobs.db-wal`, `jobs.db.backup`.
const categoryOfFile = (category: string, name: string): string =>
	category === 'other' && /\.db([-.~]|$)/i.test(name) ? 'database' : category;

const isSeen = (seen: Set<string>, path: Path): boolean => {
	// As big integers: inode numbers of btrfs and NFS go beyond what a double holds exactly.
	const found = lstatIfThere(path, true);
	if (found === undefined) return true;
	const identity = `${found.dev}:${found.ino}`;
	if (seen.has(identity)) return true;
	seen.add(identity);
	return false;
};

function lstatIfThere(path: Path): Stats | undefined;
function lstatIfThere(path: Path, isBig: true): BigIntStats | undefined;
function lstatIfThere(path: Path, isBig = false): Stats | BigIntStats | undefined {
	try {
		return lstatSync(path, {bigint: isBig});
	} catch {
		return undefined;
	}
}

/** The names in a directory, a few at a time, so that memory stays flat in a folder of a million files. */
function* namesIn(path: Path): Generator<Path> {
	let hasOthers = typeof path !== 'string';
	if (typeof path === 'string') {
		for (const name of read<string>(path, 'utf8')) {
			// What stands for bytes that are no text.
			if (name.includes('\uFFFD')) hasOthers = true;
			else yield name;
		}
	}

	if (!hasOthers) return;
	for (const name of read<Buffer>(path, 'buffer')) {
		if (typeof path !== 'string' || name.toString().includes('\uFFFD')) yield name;
	}
}

function* read<Name extends Path>(path: Path, encoding: string): Generator<Name> {
	let directory;
	try {
		// The declarations know no buffers here; Node takes and gives them (checked: 22, 24).
		directory = opendirSync(path as string, {encoding: encoding as BufferEncoding, bufferSize: 256});
	} catch {
		return;
	}

	try {
		for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
			if (!entry.isSymbolicLink()) yield entry.name as unknown as Name;
		}
	} catch {
		// The directory went away while it was read.
	} finally {
		directory.closeSync();
	}
}

if (!isMainThread && isOrder(workerData)) {
	const tell = (message: WalkResult | WalkProgress): void => {
		// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of a thread, not a window
		parentPort?.postMessage(message);
	};
	tell(walkTrees(workerData.walk, tell));
}

function isOrder(data: unknown): data is {walk: WalkOrder} {
	return typeof data === 'object' && data !== null && 'walk' in data;
}
