// The names of the three wires between preload and main. The page never sees them: it has the keyhole.
export const CALL = 'workbench:call';
export const GRANT = 'workbench:grant';
export const EVENT = 'workbench:event';
