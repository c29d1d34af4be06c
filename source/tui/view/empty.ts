import type {EngineSnapshot} from '../../domain/snapshot.ts';
import type {PaneId} from '../layout.ts';
import {paneTotals, type PaneRows} from '../select.ts';

/** What an empty pane says instead of rows: why it is empty, and what would fill it. */
export const emptyText = (pane: PaneId, snapshot: EngineSnapshot, held: PaneRows, filter: string): string => {
	if (held.problem !== undefined) return held.problem;
	const total = paneTotals(snapshot)[pane];
	if (held.isLoading && total > 0) return 'reading';
	if (filter !== '') return `nothing here matches "${filter}"; Esc clears the filter`;
	switch (pane) {
		case 'active':
			return whyIdle(snapshot);
		case 'queued':
			return 'the queue is empty; press a, or paste links, to add some';
		case 'failed':
			return 'nothing has failed';
		case 'done':
			return 'nothing is finished yet';
	}
};

const whyIdle = (snapshot: EngineSnapshot): string => {
	if (!snapshot.isScheduling) return 'no scheduler is running';
	if (snapshot.isStopping) return 'stopping';
	if (paneTotals(snapshot).queued === 0) return 'nothing to do';
	if (snapshot.isQueuePaused) return 'the queue is paused; P lets it go on';
	const closed = snapshot.volumes.find(volume => volume.gate.state !== 'open');
	if (closed !== undefined) return 'waiting for the disk; the gauge above says for what';
	return 'nothing can start now; the queue says why for each job';
};
