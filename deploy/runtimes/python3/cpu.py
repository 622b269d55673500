# SPDX-License-Identifier: Apache-2.0
"""Holds the processes of a function to their share of the processor, where no cgroup does."""

from time import monotonic

import linux

# What runs for less than this is not looked at.
_PERIOD = 0.05


class Share:
    """A bucket of processor time that fills at the rate of the share; once it is overdrawn, all processes stop for a while.

    `root` is the pid of the process below which the function's processes are; it is measured, and never stopped.
    """

    def __init__(self, events, is_busy):
        self._loop = events
        self._is_busy = is_busy
        self._rate = 0  # processors; 0 = no limit
        self._root = None
        self._used = 0
        self._left = 0
        self._looked = 0
        self._watching = False

    def limit(self, rate, root):
        """From now on; what was used so far does not count."""
        self._rate = rate
        self._root = root
        if rate:
            self._used = linux.cpu_seconds(root)
            self._looked = monotonic()

    def begun(self):
        """An execution begins."""
        if self._rate and not self._watching:
            self._watching = True
            self._loop.at(monotonic() + _PERIOD, self._look)

    def ended(self):
        """No execution runs any more: the next one does not pay for what is gone."""
        if self._left < 0:
            self._left = 0
            self._go_on()

    def _look(self):
        if not self._rate:
            self._watching = False
            return
        now = monotonic()
        used = linux.cpu_seconds(self._root)
        # Unused time is kept for one period.
        earned = min(self._left + self._rate * (now - self._looked), self._rate * _PERIOD)
        self._left = earned - max(0, used - self._used)
        self._used = used
        self._looked = now
        if self._left < 0:
            linux.stop_descendants(self._root)
            self._loop.at(now - self._left / self._rate, self._go_on)
        elif self._is_busy():
            self._loop.at(now + _PERIOD, self._look)
        else:
            self._watching = False

    def _go_on(self):
        self._loop.cancel(self._go_on)
        linux.continue_descendants(self._root)
        self._loop.at(monotonic() + _PERIOD, self._look)
