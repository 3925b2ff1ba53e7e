/**
 * Preloaded into npm: it takes the pinned node's version for that of the node it runs on.
 *
 * npm leaves out an optional package whose `engines` do not fit the node that runs npm. What it installs here runs
 * on the pinned node, and some of it (native parts of vitest) refuses Debian 12's node 18.
 * In: WARDER_PINNED_NODE, a version with its v.
 */
Object.defineProperty(process, 'version', { value: process.env.WARDER_PINNED_NODE });
