/* SPDX-License-Identifier: Apache-2.0 */
/* Real time for a moment (sched(7)). See undisturbed.h. */
#include "undisturbed.h"

#include <sched.h>
#include <stdbool.h>

static bool is_ordinary(int policy)
{
	int plain = policy & ~SCHED_RESET_ON_FORK;

	return policy >= 0 && (plain == SCHED_OTHER || plain == SCHED_BATCH || plain == SCHED_IDLE);
}

int undisturbed_begin(void)
{
	struct sched_param least = { .sched_priority = sched_get_priority_min(SCHED_FIFO) };
	int before = sched_getscheduler(0);

	/* With the flag that it had: only the privileged may take that back. */
	if (!is_ordinary(before) || sched_setscheduler(0, SCHED_FIFO | (before & SCHED_RESET_ON_FORK), &least))
		return -1;
	return before;
}

/* The kernel keeps the nice value meanwhile, and lets everybody go back to less. */
void undisturbed_end(int before)
{
	struct sched_param none = { .sched_priority = 0 };

	if (before >= 0)
		sched_setscheduler(0, before, &none);
}
