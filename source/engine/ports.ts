/*
 * What the engine needs of the world, and what it offers to it. Adapters implement these types and are handed to
 * `createEngine`; nobody else knows which adapter is behind a port.
 */
export type * from './ports/catalog.ts';
export type * from './ports/engine.ts';
export type * from './ports/machine.ts';
export type * from './ports/provider.ts';
export type * from './ports/store.ts';
export {sortKeys} from './ports/store.ts';
