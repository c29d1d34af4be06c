/** The tool, for people. */
export const name = 'OrpheusDL';

/** What is run, in the install directory. */
export const script = 'orpheus.py';
