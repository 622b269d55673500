/**
 * Names that point to function versions, and finding the version that a request means. Called by
 * everything that runs functions.
 */
package io.qinling.api.alias;
