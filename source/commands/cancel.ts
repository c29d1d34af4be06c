import {actVerb} from './act.ts';

export const cancel = actVerb('cancel', 'End jobs for good; they can be retried');
