import {actVerb} from './act.ts';

export const cancel = actVerb('cancel', 'End jobs; they can be retried, and `undo` takes it back');
