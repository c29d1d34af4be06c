import {randomUUID} from 'node:crypto';
import type {Failure} from '../../source/domain/failure.ts';
import type {JobId} from '../../source/domain/job.ts';
import type {StepId} from '../../source/domain/undo.ts';
import type {Finisher} from '../../source/engine/ports.ts';

/** A file in memory; `content` says what it is, `identity` which one it is. */
export type FakeFile = {readonly size: number; readonly content: string; readonly identity: string};

/** Files by absolute path: what survives the crash of an engine. */
export type FakeTree = Map<string, FakeFile>;

export const writeFake = (tree: FakeTree, path: string, size: number, content = 'media'): void => {
	const known = tree.get(path);
	tree.set(path, {size, content, identity: known?.identity ?? randomUUID()});
};

const steps = [
	'prepare',
	'sizeOf',
	'verify',
	'target',
	'place',
	'clear',
	'setAside',
	'bringBack',
	'dropAside',
] as const;
type Step = (typeof steps)[number];

export type FakeFinisher = Finisher & {
	readonly tree: FakeTree;
	/** The next call of this step fails: with a failure where the port has one, else by rejecting. */
	failOnce(step: Step, reason: Failure | Error): void;
	/** Every call of this step waits, before it does anything, until the returned function is called. */
	hold(step: Step): () => void;
	/** As `hold`, but when its work is done and only the answer is missing. */
	holdAfter(step: Step): () => void;
	readonly calls: Array<{readonly step: Step; readonly id: JobId | StepId}>;
	/** Paths of placed files, relative to the root. */
	placed(): readonly string[];
};

const root = '/storage';

const directoryOf = (id: JobId): string => `${root}/.tidegate/${id}`;

const asideOf = (step: StepId, id: JobId): string => `${root}/.tidegate/aside/${step}/${id}/`;

const moveAll = (tree: FakeTree, from: string, to: string): void => {
	for (const [path, file] of tree) {
		if (!path.startsWith(from)) continue;
		tree.delete(path);
		tree.set(to + path.slice(from.length), file);
	}
};

const idsIn = (tree: FakeTree, pattern: RegExp): number[] => [
	...new Set(
		[...tree.keys()]
			.map(path => pattern.exec(path)?.[1])
			.filter(id => id !== undefined)
			.map(Number),
	),
];

/** Verifies and places in a tree in memory, with the promises of the port: never overwrites, may be asked twice. */
export const createFakeFinisher = (tree: FakeTree = new Map()): FakeFinisher => {
	const faults = new Map<Step, Array<Failure | Error>>();
	const gates = new Map<string, Promise<void>>();
	const calls: Array<{readonly step: Step; readonly id: JobId | StepId}> = [];
	const inside = (id: JobId): string[] => [...tree.keys()].filter(path => path.startsWith(`${directoryOf(id)}/`));

	const enter = async (step: Step, id: JobId | StepId): Promise<Failure | undefined> => {
		calls.push({step, id});
		await gates.get(`before ${step}`);
		const reason = faults.get(step)?.shift();
		if (reason instanceof Error) throw reason;
		return reason;
	};

	const holdAt = (when: string): (() => void) => {
		const gate = Promise.withResolvers<void>();
		gates.set(when, gate.promise);
		return () => {
			gates.delete(when);
			gate.resolve();
		};
	};

	return {
		tree,
		calls,
		directoryOf,
		failOnce(step, reason) {
			faults.set(step, [...(faults.get(step) ?? []), reason]);
		},
		hold: step => holdAt(`before ${step}`),
		holdAfter: step => holdAt(`after ${step}`),
		placed: () =>
			[...tree.keys()]
				.filter(path => path.startsWith(`${root}/`) && !path.startsWith(`${root}/.tidegate/`))
				.map(path => path.slice(root.length + 1)),
		async prepare(id) {
			const failure = await enter('prepare', id);
			return failure === undefined ? {ok: true, directory: directoryOf(id)} : {ok: false, failure};
		},
		async sizeOf(id) {
			await enter('sizeOf', id);
			return inside(id).reduce((sum, path) => sum + (tree.get(path)?.size ?? 0), 0);
		},
		async verify(job, outcome) {
			const failure = await enter('verify', job.id);
			if (failure !== undefined) return {ok: false, failure};
			const file = tree.get(`${directoryOf(job.id)}/${outcome.path}`);
			if (file === undefined) return {ok: false, failure: {code: 'no-artefact', message: 'nothing is there'}};
			const expected = job.expectedSize ?? outcome.size;
			if (expected === undefined || expected === file.size) {
				await gates.get('after verify');
				return {ok: true, size: file.size, identity: file.identity};
			}

			for (const path of inside(job.id)) tree.delete(path);
			return {ok: false, failure: {code: 'wrong-size', message: `${file.size} bytes came, not ${expected}`}};
		},
		async target(job, batchTitle, fileName) {
			await enter('target', job.id);
			const wanted = batchTitle === undefined ? fileName : `${batchTitle}/${fileName}`;
			for (let number = 1; ; number++) {
				const path = number === 1 ? wanted : `${wanted} (${number})`;
				if (!tree.has(`${root}/${path}`)) return path;
			}
		},
		expectedTarget: (job, batchTitle) => (batchTitle === undefined ? job.title : `${batchTitle}/${job.title}`),
		async place(job, placing) {
			const failure = await enter('place', job.id);
			if (failure !== undefined) return {ok: false, failure};
			const from = `${directoryOf(job.id)}/${placing.artefact}`;
			const earlier = [...tree].find(
				([path, file]) => !path.startsWith(`${root}/.tidegate/`) && file.identity === placing.identity,
			);
			if (earlier !== undefined) return {ok: true, path: earlier[0]};
			const artefact = tree.get(from);
			if (artefact === undefined) return {ok: false, failure: {code: 'no-artefact', message: 'it is gone'}};
			let to = `${root}/${placing.target}`;
			for (let number = 2; tree.has(to); number++) to = `${root}/${placing.target} (${number})`;
			tree.delete(from);
			tree.set(to, artefact);
			await gates.get('after place');
			return {ok: true, path: to};
		},
		isPlaced: async (_job, placing) =>
			[...tree].some(([path, file]) => !path.startsWith(`${root}/.tidegate/`) && file.identity === placing.identity),
		async setAside(id, step) {
			await enter('setAside', id);
			moveAll(tree, `${directoryOf(id)}/`, asideOf(step, id));
		},
		async bringBack(id, step) {
			await enter('bringBack', id);
			if (inside(id).length > 0) throw new Error('ENOTEMPTY: directory not empty');
			moveAll(tree, asideOf(step, id), `${directoryOf(id)}/`);
		},
		aside: async step => idsIn(tree, new RegExp(`^/storage/\\.tidegate/aside/${step}/(\\d+)/`)) as JobId[],
		asides: async () => idsIn(tree, /^\/storage\/\.tidegate\/aside\/(\d+)\//) as StepId[],
		sizeAside: async step =>
			[...tree]
				.filter(([path]) => path.startsWith(`${root}/.tidegate/aside/${step}/`))
				.reduce((sum, [, {size}]) => sum + size, 0),
		async dropAside(step) {
			await enter('dropAside', step);
			for (const path of tree.keys()) if (path.startsWith(`${root}/.tidegate/aside/${step}/`)) tree.delete(path);
		},
		async directories() {
			const ids = [...tree.keys()].map(path => /^\/storage\/\.tidegate\/(\d+)\//.exec(path)?.[1]);
			return [...new Set(ids.filter(id => id !== undefined))].map(id => Number(id) as JobId);
		},
		async clear(id) {
			await enter('clear', id);
			for (const path of inside(id)) tree.delete(path);
		},
	};
};
