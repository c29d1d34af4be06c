import {totalOf} from '../domain/batch.ts';
import {jobStatuses} from '../domain/job.ts';
import {holdSentence} from '../domain/hold.ts';
import type {EngineSnapshot, LaneView, VolumeView} from '../domain/snapshot.ts';
import type {Instant} from '../domain/time.ts';
import {printJson} from './answer.ts';
import {duration, percent, plain, rate, size, table} from './format.ts';
import {snapshotJson} from './json.ts';
import {exitCodes, type Verb} from './verb.ts';

export const status: Verb = {
	name: 'status',
	summary: 'Show counts, running jobs, disk and providers at this moment',
	run: async context =>
		context.withEngine(async (engine, isAttached) => {
			// Without a scheduler nobody has looked at the disk yet. A large tree takes too long to be walked for this.
			if (!isAttached) await engine.send({type: 'wake'});
			const snapshot = engine.getSnapshot();
			if (context.globals.isJson) printJson(context, snapshotJson(snapshot));
			else context.io.out(`${describe(snapshot, context.io.columns)}\n`);
			return exitCodes.done;
		}),
};

const describe = (snapshot: EngineSnapshot, columns: number | undefined): string =>
	[
		headline(snapshot),
		countsLine(snapshot),
		...snapshot.volumes.map(volume => volumeLine(volume)),
		...snapshot.lanes
			.filter(lane => lane.hold !== undefined && lane.hold.reason !== 'lane-busy' && lane.hold.reason !== 'lane-paced')
			.map(lane => laneLine(lane, snapshot.at)),
		...snapshot.notices.map(notice => plain(notice)),
		...snapshot.works.map(({label, done, total}) => `${label}: ${done}${total === undefined ? '' : ` of ${total}`}`),
		...(snapshot.active.length === 0 ? [] : ['', activeTable(snapshot, columns)]),
	].join('\n');

const headline = (snapshot: EngineSnapshot): string => {
	if (!snapshot.isScheduling) {
		const paused = snapshot.isQueuePaused ? 'the queue is paused, and ' : '';
		return `${paused}no scheduler is running; \`tidegate run\` starts one`;
	}

	const state = snapshot.isStopping ? 'stopping' : snapshot.isQueuePaused ? 'the queue is paused' : 'running';
	return `${state}: ${snapshot.active.length} of ${snapshot.workers} workers busy, ${rate(snapshot.rate)}`;
};

const countsLine = ({counts}: EngineSnapshot): string => {
	const shown = jobStatuses.filter(name => counts[name] > 0).map(name => `${counts[name]} ${name}`);
	return shown.length === 0
		? 'the queue is empty'
		: `${totalOf(counts) === 1 ? '1 job' : `${totalOf(counts)} jobs`}: ${shown.join(', ')}`;
};

const laneLine = ({id, hold}: LaneView, now: Instant): string => {
	const sentence = hold === undefined ? '' : plain(holdSentence(hold, size));
	const left = hold !== undefined && 'until' in hold && hold.until !== undefined ? hold.until - now : 0;
	// Most sentences begin with the lane.
	return `${sentence.startsWith(id) ? '' : `${id}: `}${sentence}${left > 0 ? `; again in ${duration(left)}` : ''}`;
};

/** One line about a volume: its level, what it waits for. */
export const volumeLine = (volume: VolumeView): string => {
	const {level, gate, marks} = volume;
	if (level === undefined) return `${plain(volume.path)}: not there; is the volume mounted?`;
	const used =
		level.used === undefined || marks.used === undefined
			? ''
			: `, ${size(level.used)} of ${size(marks.used.pause)} used`;
	const reserved = volume.reserved > 0 ? `, ${size(volume.reserved)} reserved` : '';
	const full = volume.timeToFull === undefined ? '' : `, full in ${duration(volume.timeToFull)}`;
	const state = gate.state === 'open' ? 'open' : `${gate.state}${'detail' in gate ? ` (${gate.detail})` : ''}`;
	return `${plain(volume.path)}: ${state}, ${size(level.free)} free${used}${reserved}${full}`;
};

const activeTable = ({active}: EngineSnapshot, columns: number | undefined): string =>
	table(
		[
			{title: 'ID', isRight: true},
			{title: 'STATUS'},
			{title: 'DONE', isRight: true},
			{title: 'SIZE', isRight: true},
			{title: 'SPEED', isRight: true},
			{title: 'LEFT', isRight: true},
			{title: 'TITLE'},
		],
		active.map(({id, status: state, progress, title, phase}) => [
			String(id),
			phase === '' ? state : plain(phase),
			percent(progress.bytes, progress.total),
			size(progress.total ?? progress.bytes),
			progress.speed > 0 ? rate(progress.speed) : '',
			duration(progress.eta),
			plain(title),
		]),
		columns,
	);
