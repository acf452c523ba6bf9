/** Jest wants a file of its own for what comes last. */
export { end as default } from './run.js';
