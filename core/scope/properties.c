/* SPDX-License-Identifier: Apache-2.0 */
/* properties.c - the limits as properties of a unit of systemd */
#include "scope/scope.h"

#include <errno.h>

/* By enum group_limit. systemd has the highest number for "no limit" and for "not set". */
static const char *const names[GROUP_LIMITS] = {
	[GROUP_MEMORY_MAX] = "MemoryMax",
	[GROUP_MEMORY_HIGH] = "MemoryHigh",
	[GROUP_MEMORY_SWAP_MAX] = "MemorySwapMax",
	[GROUP_TASKS_MAX] = "TasksMax",
	[GROUP_CPU_QUOTA] = "CPUQuotaPerSecUSec",
	[GROUP_CPU_WEIGHT] = "CPUWeight",
	[GROUP_IO_WEIGHT] = "IOWeight",
};

/* A property that is an array of bytes: bit n % 8 of byte n / 8 is CPU n. No byte: any CPU. */
static int put_cpus(sd_bus_message *m, const struct group_limits *l)
{
	uint8_t bytes[GROUP_CPUS_MAX / 8];
	size_t n = 0;
	int r;

	for (size_t i = 0; l->cpus_given && i < sizeof bytes; i++) {
		bytes[i] = (uint8_t)(l->cpus[i / 8] >> (i % 8 * 8));
		if (bytes[i] != 0)
			n = i + 1;
	}
	r = sd_bus_message_open_container(m, 'r', "sv");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", "AllowedCPUs");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "ay");
	if (r >= 0)
		r = sd_bus_message_append_array(m, 'y', bytes, n);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

int put_limits(sd_bus_message *m, const struct group_limits *l, bool all)
{
	int r = 0;

	for (unsigned i = 0; i < GROUP_LIMITS && r >= 0; i++) {
		const bool given = (l->given >> i & 1) != 0;

		if (given || all)
			r = sd_bus_message_append(m, "(sv)", names[i], "t",
						  given ? l->value[i] : GROUP_INFINITY);
	}
	if (r >= 0 && (l->cpus_given || all))
		r = put_cpus(m, l);
	return r < 0 ? r : 0;
}
