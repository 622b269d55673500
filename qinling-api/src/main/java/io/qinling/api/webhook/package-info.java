/** Addresses that run a function for whoever knows them. Called by its resource. */
package io.qinling.api.webhook;
