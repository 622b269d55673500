/** Whether the service has what it needs. Called by its resource. */
package io.qinling.api.health;
