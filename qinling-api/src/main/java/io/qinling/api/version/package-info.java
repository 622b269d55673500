/**
 * Published versions of functions: what was the latest package when they were made, and stays so.
 * Called by its resource and by what runs functions.
 */
package io.qinling.api.version;
