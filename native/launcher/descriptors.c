/* SPDX-License-Identifier: Apache-2.0 */
/* Open descriptors (close_range(2), Linux 5.9). See descriptors.h. */
#include "descriptors.h"

#include <limits.h>
#include <unistd.h>

static int close_between(unsigned int first, unsigned int end)
{
	return first < end ? close_range(first, end - 1, 0) : 0;
}

int descriptors_keep(unsigned int first, int a, int b)
{
	unsigned int low = (unsigned int)(a < b ? a : b), high = (unsigned int)(a < b ? b : a);

	if (close_between(first, low) || close_between(low + 1, high))
		return -1;
	return close_range(high + 1, UINT_MAX, 0);
}
