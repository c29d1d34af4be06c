import type {JobId, JobStatus} from './job.ts';
import type {Duration, Instant} from './time.ts';
import {restoredStatus, sameFile} from './transitions.ts';

declare const brand: unique symbol;

/** Names one step: an act of a person on one job or many that can be taken back as a whole. */
export type StepId = number & {readonly [brand]: 'StepId'};

/** Acts that can be undone. */
export const stepKinds = ['cancel', 'remove', 'retry', 'prioritise', 'reorder'] as const;
export type StepKind = (typeof stepKinds)[number];

/** A step as it is kept. */
export type UndoStep = {
	readonly id: StepId;
	readonly kind: StepKind;
	/** What was asked for beyond the kind: with `prioritise` the priority. */
	readonly detail: string;
	/** Jobs that it changed. */
	readonly jobs: number;
	/** Title of the first of them. */
	readonly title: string | undefined;
	readonly at: Instant;
	/** It can be undone, or redone, before this instant. */
	readonly until: Instant;
	readonly isUndone: boolean;
};

/** How long a step can be undone, and an undone one be redone. */
export const undoneFor: Duration = 5 * 60_000;

/** How long it can be undone whatever comes: many acts after it, a disk that is full. */
export const undoneAtLeastFor: Duration = 30_000;

/** Steps beyond so many are forgotten, the oldest first, when they are old enough. */
export const mostSteps = 20;

/** Beyond so many they are forgotten in any case: nobody takes back what a program has done a thousand times a minute. */
export const mostStepsEver = 1000;

/** What the next undo takes back: the newest step that is not undone. */
export const nextUndo = (steps: readonly UndoStep[], now: Instant): UndoStep | undefined =>
	steps
		.filter(step => !step.isUndone && isOpen(step, now))
		.toSorted((a, b) => a.id - b.id)
		.at(-1);

/** What the next redo does again: the step that was undone last, which is the oldest of the undone ones. */
export const nextRedo = (steps: readonly UndoStep[], now: Instant): UndoStep | undefined =>
	steps.filter(step => step.isUndone && isOpen(step, now)).toSorted((a, b) => a.id - b.id)[0];

const isOpen = ({jobs, until}: UndoStep, now: Instant): boolean => jobs > 0 && now < until;

/** Steps that nobody can take back any more. */
export const forgettable = (steps: readonly UndoStep[], now: Instant): readonly UndoStep[] => {
	const newest = steps.toSorted((a, b) => b.id - a.id);
	return newest.filter(
		(step, rank) => now >= step.until || rank >= mostStepsEver || (rank >= mostSteps && now >= safeUntil(step)),
	);
};

/** Until when a step, and the bytes that it set aside, are kept although their space is needed. */
export const safeUntil = ({at, until}: Pick<UndoStep, 'at' | 'until'>): Instant =>
	Math.min(until, at + undoneAtLeastFor);

/** When a step may have to be looked at again, or undefined where there is none. */
export const nextLook = (steps: readonly UndoStep[], now: Instant): Instant | undefined => {
	const instants = steps.flatMap(step => [step.until, safeUntil(step)]).filter(instant => instant > now);
	return instants.length === 0 ? undefined : Math.min(...instants);
};

/** A step in the words of a menu, such as `cancel 3 jobs` or `remove: Some title`. */
export const stepLabel = ({
	kind,
	jobs,
	title,
	detail,
}: Pick<UndoStep, 'kind' | 'jobs' | 'title' | 'detail'>): string => {
	const verb = {
		cancel: 'cancel',
		remove: 'remove',
		retry: 'retry',
		prioritise: `set priority ${detail}`,
		reorder: 'move',
	}[kind];
	if (jobs === 1 && title !== undefined) return `${verb}: ${title}`;
	return kind === 'prioritise'
		? `${verb} of ${jobs.toLocaleString('en')} jobs`
		: `${verb} ${jobs.toLocaleString('en')} jobs`;
};

/** What stands in the way of an undo, beside the status that a job has by now. */
export type Obstacles = {
	/** The job that has its source by now. */
	readonly holder: JobId | undefined;
	/** The open job that is about to write its file. */
	readonly rival: JobId | undefined;
	/** It was started since. */
	readonly hasBegun: boolean;
};

/** Which statuses a step's jobs may have for it to be undone. */
export const undoableStatuses: Readonly<Record<StepKind, ReadonlyArray<JobStatus | 'removed'>>> = {
	cancel: ['cancelled', 'cancelling'],
	remove: ['removed'],
	retry: ['queued', 'waiting'],
	// A place in the order says nothing of the status.
	prioritise: [],
	reorder: [],
};

/** Why a job does not come back, in words, or undefined where it does. */
export const whyNotUndone = (
	kind: StepKind,
	now: JobStatus | 'removed',
	before: JobStatus | undefined,
	{holder, rival, hasBegun}: Obstacles,
): string | undefined => {
	if (kind === 'prioritise' || kind === 'reorder') return now === 'removed' ? 'it has been removed since' : undefined;
	if (!undoableStatuses[kind].includes(now)) return movedOn(kind, now);
	if (kind === 'retry' && hasBegun) return 'it has been started since';
	if (holder !== undefined) return `its source was added again, as job ${holder}`;
	if (rival !== undefined) return sameFile(rival);
	return before === undefined || restoredStatus(now, before) === undefined ? movedOn(kind, now) : undefined;
};

const movedOn = (kind: StepKind, now: JobStatus | 'removed'): string => {
	if (now === 'removed') return 'it has been removed since';
	return kind === 'remove' ? 'it is in the queue' : `it has moved on since: it is ${now}`;
};
