/** The id by which a request is found in the logs of both services. Called by both. */
package io.qinling.request;
