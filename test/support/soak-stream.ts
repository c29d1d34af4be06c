import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {JobId} from '../../source/domain/job.ts';
import type {Engine} from '../../source/engine/ports.ts';
import type {HostFarm} from './host-farm.ts';

export type Stream = {
	added(): number;
	lanes(): number;
	/** Resolves with the counts when nothing is under way any more. */
	stop(): Promise<{added: number; cancelled: number; taken: number; problems: number}>;
};

/** Jobs are kept short of this, so that a slow machine does not pile them up. */
const mostWaiting = 60;
/** Ended jobs that stay in the queue. */
const keptEnded = 100;

/**
 * Adds, pauses, cancels and removes jobs all the time, and takes finished files away in bursts, so that the disk's gate
 * closes now and then. What it does follows from the seed alone.
 */
export const startStream = ({
	engine,
	farm,
	storage,
	seed,
}: {
	readonly engine: Engine;
	readonly farm: HostFarm;
	readonly storage: string;
	readonly seed: number;
}): Stream => {
	const counts = {added: 0, cancelled: 0, taken: 0, problems: 0};
	const chance = seeded(seed);
	let host = '';
	let isBusy = false;

	const add = async (): Promise<void> => {
		const {counts: queue} = engine.getSnapshot();
		if (queue.queued + queue.waiting > mostWaiting) return;
		if (host === '' || counts.added % 12 === 0) host = await farm.next();
		const requests = [1, 2, 3].map(part => ({source: sourceOf(chance(), host, `${counts.added}-${part}`)}));
		const result = await engine.send({type: 'add', requests});
		if (!result.ok) {
			counts.problems++;
			return;
		}

		counts.added += result.changed.length;
		const [victim] = result.changed;
		if (victim === undefined) return;
		const roll = chance();
		if (roll < 0.15) await act('cancel', [victim]);
		else if (roll < 0.25) {
			await act('pause', [victim]);
			await act('resume', [victim]);
		}
	};

	const act = async (type: 'cancel' | 'pause' | 'resume' | 'remove', ids: readonly JobId[]): Promise<void> => {
		const result = await engine.send({type, selection: {ids}});
		if (!result.ok) counts.problems++;
		else if (type === 'cancel') counts.cancelled += result.changed.length;
	};

	/** Ends what hangs, and removes the oldest of what has ended. */
	const tidy = async (): Promise<void> => {
		// What a dead or angry server holds up would take the place of what could run.
		const {rows: waiting} = await engine.list({statuses: ['queued', 'paused'], sort: 'added', limit: 1000});
		const stale = waiting.filter(job => job.createdAt < Date.now() - 20_000);
		const paused = stale.filter(job => job.status === 'paused');
		if (paused.length > 0)
			await act(
				'resume',
				paused.map(({id}) => id),
			);
		const stuck = stale.filter(job => job.status === 'queued' && job.createdAt < Date.now() - 40_000);
		if (stuck.length > 0)
			await act(
				'cancel',
				stuck.map(({id}) => id),
			);
		const running = engine.getSnapshot().active.filter(job => job.source.includes('/hang/'));
		if (running.length > 0)
			await act(
				'cancel',
				running.map(({id}) => id),
			);
		const {rows} = await engine.list({statuses: ['completed', 'failed', 'cancelled'], sort: 'ended', limit: 1000});
		const old = rows.slice(0, Math.max(0, rows.length - keptEnded));
		if (old.length > 0)
			await act(
				'remove',
				old.map(({id}) => id),
			);
		const detail = rows.at(-1);
		if (detail !== undefined) {
			await engine.show(detail.id);
			await engine.readLog(detail.id, {tail: 20});
		}

		await engine.health();
	};

	const take = async (): Promise<void> => {
		for (const name of await readdir(storage)) {
			if (name.startsWith('.')) continue;
			await rm(join(storage, name), {recursive: true, force: true});
			counts.taken++;
		}

		await engine.send({type: 'measure-disk'});
	};

	let beat = 0;
	const timer = setInterval(() => {
		if (isBusy) return;
		isBusy = true;
		beat++;
		const step = async (): Promise<void> => {
			await add();
			if (beat % 8 === 0) await tidy();
			if (beat % 70 === 0) await take();
		};

		void step()
			.catch(() => {
				counts.problems++;
			})
			.finally(() => {
				isBusy = false;
			});
	}, 400);
	return {
		added: () => counts.added,
		lanes: () => engine.getSnapshot().lanes.length,
		async stop() {
			clearInterval(timer);
			while (isBusy) await new Promise(resolve => setTimeout(resolve, 20));
			return counts;
		},
	};
};

const sourceOf = (roll: number, host: string, name: string): string => {
	if (roll < 0.5) return `${host}/ok/${20_000 + Math.floor(roll * 400_000)}/${name}.bin`;
	if (roll < 0.62) return `${host}/slow/150000/${name}.bin`;
	if (roll < 0.68) return `${host}/status/404/${name}.bin`;
	if (roll < 0.72) return `${host}/status/503/${name}.bin`;
	if (roll < 0.75) return `${host}/status/429/${name}.bin`;
	if (roll < 0.79) return `${host}/drop/100000/${name}.bin`;
	if (roll < 0.96) return `tool:/ok/${name}`;
	return roll < 0.98 ? `tool:/fail/${name}` : `tool:/hang/${name}`;
};

/** mulberry32: 0 up to 1, the same for the same seed. */
export const seeded = (seed: number): (() => number) => {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let value = Math.imul(state ^ (state >>> 15), 1 | state);
		value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
		return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
	};
};
