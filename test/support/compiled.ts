import {tmpdir} from 'node:os';
import {join} from 'node:path';

/**
 * Where all programs that tests start keep their compiled code: each has a home of its own, and would compile the whole
 * bundle again, a fifth of its start.
 */
export const compiledCode = {NODE_COMPILE_CACHE: join(tmpdir(), 'tidegate-test-compiled')} as const;
