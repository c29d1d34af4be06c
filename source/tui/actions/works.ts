import {shownWork} from '../view/work-line.ts';
import {send} from '../sending.ts';
import type {Acts} from './act.ts';

/** Long works. */
export const workActions = {
	'cancel-work': screen => {
		const work = shownWork(screen.live.getSnapshot().works);
		if (work !== undefined) void send(screen, {type: 'cancel-work', id: work.id}, () => `stopping: ${work.label}`);
	},
} as const satisfies Acts;
