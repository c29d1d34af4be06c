import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {BatchId} from '../../../source/domain/job.ts';
import type {EngineSnapshot} from '../../../source/domain/snapshot.ts';
import type {Engine} from '../../../source/engine/ports.ts';
import {connectEngine} from '../../../source/remote/client.ts';
import {readHolder} from '../../../source/system/lock.ts';
import {programVersion} from '../../../source/system/runtime.ts';
import {startInTerminal} from '../terminal.ts';
import {program} from '../tidegate.ts';
import type {RecordedMoment} from './recorded.ts';

/**
 * Runs the built program's demo in a terminal, as a person would, and records through its socket the moment that tells most:
 * all workers busy, something failed, something waiting for its retry, and the gate open. Takes about a minute.
 */
export const recordDemo = async (): Promise<RecordedMoment> => {
	const folder = await mkdtemp(join(tmpdir(), 'tidegate-record-'));
	try {
		await using terminal = startInTerminal(process.execPath, [program, 'demo'], {
			columns: 100,
			rows: 30,
			env: {TMPDIR: folder, HOME: folder, LANG: 'C.UTF-8'},
		});
		await terminal.until(text => text.includes('Tidal Flats'), 'the demo');
		const engine = await connect(folder);
		try {
			const moment = await watch(engine);
			return anonymous(moment, folder);
		} finally {
			await engine.close();
		}
	} finally {
		await rm(folder, {recursive: true, force: true, maxRetries: 5});
	}
};

const connect = async (folder: string): Promise<Engine> => {
	const name = (await readdir(folder)).find(one => one.startsWith('tidegate-demo-'));
	const socket = readHolder(join(folder, name ?? '', 'data'))?.socket;
	if (socket === undefined) throw new Error('the demo has no socket');
	const connection = await connectEngine({socketPath: () => socket, version: programVersion()});
	if (!connection.ok) throw new Error('the demo does not answer');
	return connection.engine;
};

/** How much a moment tells. */
const worthOf = ({active, counts, volumes}: EngineSnapshot): number => {
	const isOpen = volumes.every(({gate}) => gate.state === 'open');
	const moving = active.filter(({progress}) => progress.speed > 0).length;
	return (
		(isOpen ? 4 : 0) +
		moving * 2 +
		Math.min(3, counts.failed) * 3 +
		Math.min(6, counts.completed) +
		Math.min(6, counts.queued)
	);
};

const patience = 120_000;

const watch = async (engine: Engine): Promise<RecordedMoment> => {
	const deadline = performance.now() + patience;
	let best: RecordedMoment | undefined;
	for (;;) {
		const snapshot = engine.getSnapshot();
		const {counts, active} = snapshot;
		if (best === undefined || worthOf(snapshot) > worthOf(best.snapshot)) best = await momentOf(engine, snapshot);
		// One job is larger than the disk, and waits for ever.
		const isOver = active.length === 0 && counts.queued <= 1;
		if (isOver || performance.now() > deadline) return best;
		await new Promise(resolve => setTimeout(resolve, 200));
	}
};

const momentOf = async (engine: Engine, snapshot: EngineSnapshot): Promise<RecordedMoment> => {
	const {rows: jobs} = await engine.list({sort: 'added', limit: 1000});
	const shown = await Promise.all(jobs.filter(({status}) => status === 'failed').map(({id}) => engine.show(id)));
	const details = shown.filter(detail => detail !== undefined);
	const logs = await Promise.all(
		details.map(async ({id}) => ({id, lines: (await engine.readLog(id, {tail: 200})).lines})),
	);
	const ids = [...new Set(jobs.flatMap(({batch}) => batch ?? []))];
	const {batches} = await engine.statistics();
	const titleOf = (id: BatchId): string => batches.find(({batch}) => batch === id)?.title ?? '';
	return {snapshot, jobs, batches: ids.map(id => ({id, title: titleOf(id)})), details, logs};
};

/** Without the names of this machine: another run would have others. */
const anonymous = (moment: RecordedMoment, folder: string): RecordedMoment =>
	JSON.parse(
		JSON.stringify(moment)
			.replaceAll(new RegExp(String.raw`${folder}/tidegate-demo-\w+`, 'g'), '/tmp/tidegate-demo')
			.replaceAll(folder, '/tmp'),
	) as RecordedMoment;
